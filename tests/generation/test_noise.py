import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.noise import Stage, seeded
from generation.recipe import LARGEST_SEED

seeds = st.integers(0, LARGEST_SEED)


@given(seeds)
def test_a_seed_gives_the_same_noise_each_time(seed):
    assert torch.equal(
        seeded(seed, Stage.PRIOR)((2, 8)), seeded(seed, Stage.PRIOR)((2, 8))
    )


@given(seeds)
def test_the_stages_of_one_picture_share_no_noise(seed):
    assert not torch.equal(
        seeded(seed, Stage.PRIOR)((8,)), seeded(seed, Stage.DECODER)((8,))
    )


def test_every_bit_of_a_seed_counts():
    small, large = seeded(7, Stage.PRIOR), seeded(7 + 2**32, Stage.PRIOR)

    assert not torch.equal(small((8,)), large((8,)))


def test_the_noise_is_standard_normal():
    noise = seeded(7, Stage.DECODER)((100_000,))

    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01
