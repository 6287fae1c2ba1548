import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.image.nearby import LARGEST_RADIUS, Nearby


def flipped(string: np.ndarray, places: list[int]) -> np.ndarray:
    bits = np.unpackbits(string)
    bits[places] ^= 1
    return np.packbits(bits)


@pytest.fixture(scope="module")
def strings() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3000, 32), dtype=np.uint8)


@pytest.fixture(scope="module")
def nearby(strings) -> Nearby:
    return Nearby(strings.ravel())


@given(
    index=st.integers(0, 2999),
    places=st.lists(st.integers(0, 255), max_size=LARGEST_RADIUS, unique=True),
)
def test_nothing_within_the_radius_is_overlooked(index, places, strings, nearby):
    query = flipped(strings[index], places)[np.newaxis]

    assert nearby.within(LARGEST_RADIUS, query) == ((index, len(places)),)


@given(places=st.lists(st.integers(0, 255), min_size=32, max_size=60, unique=True))
def test_nothing_beyond_the_radius_is_found(places, strings, nearby):
    query = flipped(strings[7], places)[np.newaxis]

    assert nearby.within(LARGEST_RADIUS, query) == ()


def test_the_complement_is_as_far_as_can_be(strings, nearby):
    assert nearby.within(LARGEST_RADIUS, ~strings[:1]) == ()


def test_the_nearest_of_several_queries_counts(strings, nearby):
    queries = np.stack([flipped(strings[5], [1, 2, 3]), flipped(strings[5], [9])])

    assert nearby.within(LARGEST_RADIUS, queries) == ((5, 1),)


def test_equal_strings_are_all_found():
    twice = Nearby(np.zeros(64, np.uint8))

    assert twice.within(0, np.zeros((1, 32), np.uint8)) == ((0, 0), (1, 0))


def test_an_empty_index_finds_nothing():
    assert Nearby(np.zeros(0, np.uint8)).within(31, np.zeros((2, 32), np.uint8)) == ()


@pytest.mark.parametrize("radius", [-1, 32])
def test_a_radius_that_it_may_overlook_is_refused(radius, nearby):
    with pytest.raises(ValueError, match="0 to 31"):
        nearby.within(radius, np.zeros((1, 32), np.uint8))
