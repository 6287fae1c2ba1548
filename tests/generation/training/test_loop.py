import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.training.loop import StepRandom, learning_rate_factor
from generation.training.plan import Schedule

SCHEDULE = Schedule(steps=100, batch=1, rate=1.0, warmup=10, average=0.9, save_every=10)


@pytest.mark.parametrize(
    ("step", "share"), [(0, 0.1), (9, 1.0), (50, 1.0), (90, 0.5), (100, 0.0)]
)
def test_the_rate_ramps_up_stays_and_slopes_to_zero(step, share):
    assert learning_rate_factor(step, SCHEDULE) == pytest.approx(share)


@given(seed=st.integers(0, 1000), step=st.integers(0, 10_000))
def test_a_step_draws_the_same_chance_whenever_it_is_taken(seed, step):
    first, second = StepRandom.at(seed, step), StepRandom.at(seed, step)

    assert first.numpy.random() == second.numpy.random()
    assert torch.equal(
        torch.rand(3, generator=first.torch), torch.rand(3, generator=second.torch)
    )


def test_two_steps_draw_different_chances():
    assert StepRandom.at(1, 1).numpy.random() != StepRandom.at(1, 2).numpy.random()
