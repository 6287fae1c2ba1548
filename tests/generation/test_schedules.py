from math import sqrt

import pytest

from generation.schedules import (
    TRAINING_STEPS,
    decoder_alphas,
    linspace_timesteps,
    prior_alphas,
    trailing_timesteps,
)


@pytest.mark.parametrize(
    ("timestep", "alpha"), [(0, 0.999150), (500, 0.16077), (999, 0.001579)]
)
def test_the_decoder_noises_as_published(timestep, alpha):
    alphas = decoder_alphas()

    assert float(alphas[timestep]) == pytest.approx(alpha, rel=3e-4)


@pytest.mark.parametrize(
    ("strength", "signal"), [(0.3, 0.6864), (0.5, 0.4036), (0.7, 0.1895)]
)
def test_the_betas_are_linear_not_their_roots(strength, signal):
    timestep = int(1000 * strength) - 2

    left = sqrt(decoder_alphas()[timestep])

    assert left == pytest.approx(signal, abs=1e-4)


def test_the_least_noisy_timestep_is_not_clean():
    alphas = decoder_alphas()

    assert sqrt(1 - alphas[0]) == pytest.approx(0.0292, abs=1e-4)


def test_the_prior_ends_in_nearly_pure_noise():
    alphas = prior_alphas()

    assert float(alphas[0]) == pytest.approx(0.99996, abs=1e-5)
    assert float(alphas[999]) < 1e-8
    assert (alphas.diff() < 0).all()


def test_the_prior_visits_the_published_timesteps():
    timesteps = linspace_timesteps(25)

    assert timesteps[:2] == [999, 957]
    assert timesteps[-2:] == [42, 0]


def test_twenty_evenly_spaced_timesteps_are_those_of_the_authors():
    assert linspace_timesteps(20)[:3] == [999, 946, 894]
    assert linspace_timesteps(20)[-2:] == [53, 0]


def test_trailing_timesteps_stop_a_step_above_clean():
    assert trailing_timesteps(4) == [999, 749, 499, 249]


@pytest.mark.parametrize("schedule", [linspace_timesteps, trailing_timesteps])
def test_any_count_is_counted_honestly_from_the_noisiest_timestep(schedule):
    for steps in range(1, TRAINING_STEPS + 1):
        timesteps = schedule(steps)

        assert len(timesteps) == steps
        assert timesteps[0] == TRAINING_STEPS - 1
        assert timesteps == sorted(set(timesteps), reverse=True)
        assert timesteps[-1] >= 0
