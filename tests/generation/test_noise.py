import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.recipe import LARGEST_SEED
from generation.samplers import NoiseStream, seeded_noise

seeds = st.integers(0, LARGEST_SEED)


@given(seeds)
def test_a_seed_gives_the_same_noise_each_time(seed):
    assert torch.equal(
        seeded_noise(seed, NoiseStream.PRIOR)((2, 8)),
        seeded_noise(seed, NoiseStream.PRIOR)((2, 8)),
    )


@given(seeds)
def test_the_stages_of_one_picture_share_no_noise(seed):
    assert not torch.equal(
        seeded_noise(seed, NoiseStream.PRIOR)((8,)),
        seeded_noise(seed, NoiseStream.DECODER)((8,)),
    )


def test_every_bit_of_a_seed_counts():
    small, large = (
        seeded_noise(7, NoiseStream.PRIOR),
        seeded_noise(7 + 2**32, NoiseStream.PRIOR),
    )

    assert not torch.equal(small((8,)), large((8,)))


def test_the_noise_is_standard_normal():
    noise = seeded_noise(7, NoiseStream.DECODER)((100_000,))

    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01
