import numpy as np

from datasets_cleaning.duplicates.hashes import exact_edges
from datasets_cleaning.duplicates.semantic import semantic_edges


def test_what_points_the_same_way_is_alike_whatever_its_length():
    dice = np.random.default_rng(1)
    vectors = dice.normal(size=(300, 32)).astype(np.float16)
    vectors[200] = 2 * vectors[7] + 0.01
    vectors[5] = 0

    edges = semantic_edges(vectors, 0.97)

    assert {tuple(sorted(edge)) for edge in edges.tolist()} == {(7, 200)}


def test_the_same_vectors_give_the_same_edges():
    vectors = np.random.default_rng(2).normal(size=(500, 4)).astype(np.float16)

    assert (
        semantic_edges(vectors, 0.99).tolist() == semantic_edges(vectors, 0.99).tolist()
    )


def test_where_nothing_was_embedded_nothing_is_alike():
    assert semantic_edges(np.zeros((3, 1), np.float16), 0.9).shape == (0, 2)


def test_the_same_file_is_chained_and_no_file_is_not():
    digests = np.zeros((6, 32), np.uint8)
    digests[[1, 3, 5], 31] = 9
    digests[2, 0] = 1

    assert exact_edges(digests).tolist() == [[1, 3], [3, 5]]
