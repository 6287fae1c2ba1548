import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.errors import EvaluationError
from generation.evaluation.frechet import frechet, interval


def cloud(seed: int, count: int = 60, width: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width))


def test_equal_pictures_are_no_distance_apart():
    assert frechet(cloud(0), cloud(0)[::-1]) == pytest.approx(0, abs=1e-9)


@settings(max_examples=15)
@given(shift=st.lists(st.floats(-10, 10), min_size=5, max_size=5))
def test_a_shift_costs_its_square(shift):
    moved = cloud(0) + np.array(shift)

    assert frechet(cloud(0), moved) == pytest.approx(np.square(shift).sum(), abs=1e-6)


@settings(max_examples=15)
@given(factor=st.floats(0, 10))
def test_a_stretch_costs_the_difference_of_deviations(factor):
    centred = cloud(0) - cloud(0).mean(axis=0)
    expected = (factor - 1) ** 2 * np.trace(np.cov(centred.T))

    assert frechet(centred, factor * centred) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
def test_it_is_the_distance_of_the_paper(seed):
    """Heusel et al. 2017, equation 6, where the covariances can be inverted."""
    one, other = cloud(seed), 2 * cloud(seed + 1) + cloud(seed + 2)[:, ::-1]
    covariances = np.cov(one.T), np.cov(other.T)
    # of a product of two covariances all eigenvalues are real and positive
    roots = np.sqrt(np.linalg.eigvals(covariances[0] @ covariances[1]).real)
    apart = np.square(one.mean(axis=0) - other.mean(axis=0)).sum()
    expected = apart + sum(map(np.trace, covariances)) - 2 * roots.sum()

    assert frechet(one, other) == pytest.approx(expected)


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), few=st.integers(2, 4))
def test_few_pictures_are_enough_for_an_answer(seed, few):
    one, other = cloud(seed, few), cloud(seed + 1)

    assert frechet(one, other) == pytest.approx(frechet(other, one))
    assert frechet(one, other) > 0


def test_one_picture_is_not():
    with pytest.raises(EvaluationError, match="2 pictures or more, got 1"):
        frechet(cloud(0, 1), cloud(1))


@settings(max_examples=3)
@given(seed=st.integers(0, 100))
def test_the_interval_lies_around_the_distance(seed):
    one, other = cloud(seed), cloud(seed + 1) + 1

    low, high = interval(one, other)

    assert 0 <= low < frechet(one, other) < high
