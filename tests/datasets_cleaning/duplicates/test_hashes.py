import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets_cleaning.duplicates.hashes import near_edges


def hashes(seed, count, flips):
    """*count* random hashes, and of each a copy with so many bits flipped."""
    dice = np.random.default_rng(seed)
    found = dice.integers(0, 256, (count, 32), np.uint8)
    bits = np.unpackbits(found, axis=1)
    for row in bits:
        row[dice.choice(256, flips, replace=False)] ^= 1
    return np.concatenate([found, np.packbits(bits, axis=1)])


def brute(found, distance):
    bits = np.unpackbits(found, axis=1).astype(int)
    apart = (bits[:, None] != bits[None]).sum(axis=2)
    return {(i, j) for i, j in np.argwhere(apart <= distance) if i < j}


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32),
    flips=st.integers(0, 40),
    distance=st.sampled_from([0, 5, 31]),
)
def test_every_pair_that_is_near_is_found_and_no_other(seed, flips, distance):
    found = hashes(seed, 12, flips)

    edges = near_edges(found, distance)

    pairs = {(min(i, j), max(i, j)) for i, j in edges.tolist()}
    assert pairs == brute(found, distance)


def test_a_thousand_equal_hashes_are_a_chain():
    edges = near_edges(np.ones((1000, 32), np.uint8), 31)

    assert len(edges) == 999


def test_without_hashes_nothing_is_near():
    assert near_edges(np.empty((0, 32), np.uint8), 31).shape == (0, 2)


def test_a_distance_at_which_some_pairs_would_be_missed_is_refused():
    with pytest.raises(ValueError, match="got 32"):
        near_edges(np.ones((1, 32), np.uint8), 32)
