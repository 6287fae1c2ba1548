"""The uncertainty of a decision: its smallest margin to a threshold."""

from collections.abc import Iterable, Mapping

LARGEST_MARGIN = 1.0
"""The margin of scores that say nothing about any threshold."""


def margin(
    scores: Mapping[str, float], thresholds: Mapping[str, Mapping[str, float]]
) -> float:
    """The least gap between *scores* and their thresholds, `review` and `refuse`.

    From 0 to 1, and 1 where there is no score. A threshold of 1 says «never», so
    nothing is near it; neither is one of 0, which says «always».
    """
    gaps = (
        abs(score - threshold)
        for category, score in scores.items()
        for threshold in thresholds.get(category, {}).values()
        if 0 < threshold < 1
    )
    return min(gaps, default=LARGEST_MARGIN)


def smallest_margin(
    records: Iterable[tuple[Mapping[str, float], Mapping[str, Mapping[str, float]]]],
) -> float:
    """The least `margin` of all that was recorded about one thing."""
    return min((margin(*record) for record in records), default=LARGEST_MARGIN)
