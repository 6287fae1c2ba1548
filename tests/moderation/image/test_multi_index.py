import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.image.multi_index import LARGEST_RADIUS, MultiIndex, pairs_within


def flipped(string: np.ndarray, places: list[int]) -> np.ndarray:
    bits = np.unpackbits(string)
    bits[places] ^= 1
    return np.packbits(bits)


@pytest.fixture(scope="module")
def strings() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3000, 32), dtype=np.uint8)


@pytest.fixture(scope="module")
def index(strings) -> MultiIndex:
    return MultiIndex(strings.ravel())


@given(
    number=st.integers(0, 2999),
    places=st.lists(st.integers(0, 255), max_size=LARGEST_RADIUS, unique=True),
)
def test_nothing_within_the_radius_is_overlooked(number, places, strings, index):
    query = flipped(strings[number], places)[np.newaxis]

    assert index.within(LARGEST_RADIUS, query) == ((number, len(places)),)


@given(places=st.lists(st.integers(0, 255), min_size=32, max_size=60, unique=True))
def test_nothing_beyond_the_radius_is_found(places, strings, index):
    query = flipped(strings[7], places)[np.newaxis]

    assert index.within(LARGEST_RADIUS, query) == ()


def test_the_complement_is_as_far_as_can_be(strings, index):
    assert index.within(LARGEST_RADIUS, ~strings[:1]) == ()


def test_the_nearest_of_several_queries_counts(strings, index):
    queries = np.stack([flipped(strings[5], [1, 2, 3]), flipped(strings[5], [9])])

    assert index.within(LARGEST_RADIUS, queries) == ((5, 1),)


def test_equal_strings_are_all_found():
    twice = MultiIndex(np.zeros(64, np.uint8))

    assert twice.within(0, np.zeros((1, 32), np.uint8)) == ((0, 0), (1, 0))


def test_an_empty_index_finds_nothing():
    assert (
        MultiIndex(np.zeros(0, np.uint8)).within(31, np.zeros((2, 32), np.uint8)) == ()
    )


@pytest.mark.parametrize("radius", [-1, 32])
def test_a_radius_that_it_may_overlook_is_refused(radius, index):
    with pytest.raises(ValueError, match="0 to 31"):
        index.within(radius, np.zeros((1, 32), np.uint8))


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), radius=st.sampled_from([0, 9, LARGEST_RADIUS]))
def test_all_pairs_are_those_that_brute_force_finds(seed, radius):
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2, (30, 256), np.uint8)
    bits = np.concatenate([bits, bits, bits[:5]])
    for row in bits[30:60]:
        row[random.choice(256, random.integers(0, 40), replace=False)] ^= 1
    strings = np.packbits(bits, axis=1)
    apart = (bits[:, None] != bits[None]).sum(axis=2)

    found = pairs_within(radius, strings)

    assert {(min(pair), max(pair)) for pair in found.tolist()} == {
        (i, j) for i, j in np.argwhere(apart <= radius).tolist() if i < j
    }


def test_flips_that_are_spread_evenly_over_the_chunks_are_found():
    strings = np.zeros((1, 32), np.uint8)
    spread = flipped(strings[0], [16 * (i % 16) + i // 16 for i in range(31)])

    assert MultiIndex(strings.ravel()).within(31, spread[np.newaxis]) == ((0, 31),)
    assert len(pairs_within(31, np.stack([strings[0], spread]))) > 0
