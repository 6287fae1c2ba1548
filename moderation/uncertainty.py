"""How unsure a policy was of what it judged: the nearer to a threshold, the more."""

from collections.abc import Iterable, Mapping

FARTHEST = 1.0
"""The distance of what says nothing about any threshold."""


def distance(
    scores: Mapping[str, float], thresholds: Mapping[str, Mapping[str, float]]
) -> float:
    """How near one of *scores* is to its own thresholds, `review` and `refuse`.

    From 0 to 1, and 1 where there is no score. A threshold of 1 says «never», so
    nothing is near it; neither is one of 0, which says «always».
    """
    gaps = (
        abs(score - threshold)
        for category, score in scores.items()
        for threshold in thresholds.get(category, {}).values()
        if 0 < threshold < 1
    )
    return min(gaps, default=FARTHEST)


def nearest(
    records: Iterable[tuple[Mapping[str, float], Mapping[str, Mapping[str, float]]]],
) -> float:
    """The least `distance` of all that was recorded about one thing."""
    return min((distance(*record) for record in records), default=FARTHEST)
