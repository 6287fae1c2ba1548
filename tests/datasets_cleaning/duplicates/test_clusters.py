import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datasets_cleaning.duplicates.clusters import Candidates, connected, drop_reasons

ROWS = 12
EDGES = st.lists(st.tuples(*[st.integers(0, ROWS - 1)] * 2), max_size=14).map(
    lambda edges: np.array(edges, np.intp).reshape(-1, 2)
)
FLAGS = st.lists(st.booleans(), min_size=ROWS, max_size=ROWS).map(np.array)


def candidates(*, wanted=None, unsafe=None, pixels=None, uids=None):
    nobody = np.zeros(ROWS, np.bool_)
    return Candidates(
        wanted=nobody if wanted is None else wanted,
        unsafe=nobody if unsafe is None else unsafe,
        pixels=np.zeros(ROWS, np.int64) if pixels is None else pixels,
        uids=np.zeros((ROWS, 16), np.uint8) if uids is None else uids,
    )


def slowly(edges):
    labels = list(range(ROWS))
    for _ in range(ROWS):
        for left, right in edges:
            labels[left] = labels[right] = min(labels[left], labels[right])
    return labels


@given(EDGES)
def test_whoever_is_connected_is_together(edges):
    assert connected(ROWS, edges).tolist() == slowly(edges)


@given(EDGES, st.randoms(use_true_random=False))
def test_the_order_of_the_edges_does_not_matter(edges, dice):
    other = edges.tolist()
    dice.shuffle(other)

    again = connected(ROWS, np.array(other, np.intp).reshape(-1, 2))

    assert connected(ROWS, edges).tolist() == again.tolist()


@given(EDGES)
def test_of_each_cluster_one_stays(edges):
    labels = connected(ROWS, edges)

    found = drop_reasons([("duplicate:exact", labels)], candidates())

    assert sorted(labels[found == ""].tolist()) == sorted(set(labels.tolist()))


@given(EDGES, FLAGS, FLAGS)
def test_beside_what_is_unsafe_only_a_persons_choice_stays(edges, unsafe, wanted):
    labels = connected(ROWS, edges)
    wanted = wanted & ~unsafe

    found = drop_reasons(
        [("duplicate:exact", labels)], candidates(unsafe=unsafe, wanted=wanted)
    )

    for row in np.flatnonzero(~unsafe & (found == "")):
        mates = labels == labels[row]
        assert not unsafe[mates].any() or wanted[row]
        assert (mates & ~unsafe & (found == "")).sum() == 1


def test_a_persons_choice_stays_before_the_largest_before_the_lowest_uid():
    labels = np.array([0, 0, 0, 3, 3, 3, 6, 6, 8, 9, 10, 11])
    uids = np.zeros((ROWS, 16), np.uint8)
    uids[6, 15] = 1
    pixels = np.array([1, 9, 5, 1, 9, 5, 7, 7, 0, 0, 0, 0])
    wanted = np.zeros(ROWS, np.bool_)
    wanted[2] = True

    found = drop_reasons(
        [("duplicate:exact", labels)],
        candidates(wanted=wanted, pixels=pixels, uids=uids),
    )

    stays = [row for row in range(8) if found[row] == ""]
    assert stays == [2, 4, 7]


def test_the_narrowest_likeness_to_what_stays_is_the_reason():
    same = np.array([0, 0, *range(2, ROWS)])
    near_edges = np.array([0, 0, 0, *range(3, ROWS)])
    levels = [("duplicate:exact", same), ("duplicate:near", near_edges)]

    found = drop_reasons(levels, candidates())

    assert found[:3].tolist() == ["", "duplicate:exact", "duplicate:near"]
