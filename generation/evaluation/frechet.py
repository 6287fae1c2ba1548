"""Fréchet distance between two sets of features (Heusel et al. 2017)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from generation.errors import EvaluationError
from generation.evaluation.result import TAILS, Interval

Features = NDArray[np.float64]
"""A row per picture, [n, d]."""

RESAMPLES: Final = 100
FEWEST: Final = 2


def frechet(one: Features, other: Features) -> float:
    """The squared distance of the Gaussians around *one* and *other*.

    The trace of the root of the product of both covariances is the sum of the singular
    values of the product of their roots, which come from the features themselves:
    nothing is inverted. The distance of few pictures is too large by about a constant
    over their number.
    """
    for features in (one, other):
        if len(features) < FEWEST:
            raise EvaluationError(
                f"a distance needs {FEWEST} pictures or more, got {len(features)}"
            )
    apart = np.square(one.mean(axis=0) - other.mean(axis=0)).sum()
    root, other_root = _root(one), _root(other)
    spreads = np.square(root).sum() + np.square(other_root).sum()
    with_options = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    return float(max(0.0, apart + spreads - 2 * with_options))


def interval(one: Features, other: Features, *, seed: int = 0) -> Interval:
    """The 95 % interval of the distance, over other prompts.

    The rows of both belong together, a pair for each prompt, and pairs are resampled.
    Repeated pairs make every such distance larger: the interval is moved back, around
    the distance itself.
    """
    random = np.random.default_rng(seed)
    count = len(one)
    draws = [random.integers(count, size=count) for _ in range(RESAMPLES)]
    drawn = [frechet(one[rows], other[rows]) for rows in draws]
    low, high = np.percentile(drawn, TAILS) - np.mean(drawn) + frechet(one, other)
    return Interval(max(0.0, float(low)), float(high))


def _root(features: Features) -> Features:
    """A matrix [k, d] whose product with itself is the covariance of *features*."""
    centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    root: Features = np.asarray(np.linalg.qr(centred, mode="r"))
    return root
