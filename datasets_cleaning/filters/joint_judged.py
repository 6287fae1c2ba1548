"""A caption and a picture that are each allowed, and together are not."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.category_scores import (
    CATEGORIES,
    CategoryScores,
    Thresholds,
    borderline,
    columns,
    reasons,
    scores_of,
    worst_reasons,
)
from datasets_cleaning.filters.optional import closed, unknown
from datasets_cleaning.ledger import ONE, Ledger
from datasets_cleaning.protocols import Codes
from moderation.gates import noisy_or
from moderation.policy import Rules


@dataclass(frozen=True, slots=True)
class JointJudged:
    """Drops a pair unless the scores of caption and picture together are allowed.

    Only categories that both were judged for count, under *rules*.
    """

    rules: Rules
    reasons: ClassVar[tuple[str, ...]] = reasons("joint")
    borderline: ClassVar[frozenset[str]] = borderline("joint")
    needs: ClassVar[frozenset[str]] = frozenset(columns("caption"))

    def judge(self, ledger: Ledger) -> Codes:
        """The worst reason of each row [n]."""
        there = [column for column in columns("image") if column in ledger]
        missing = unknown(ledger, there) if there else np.ones(len(ledger), np.bool_)
        bars = Thresholds.of(self.rules)
        codes = worst_reasons(_close(ledger, bars), bars, len(ledger))
        return closed(codes, missing, self.reasons)


def joint(ledger: Ledger) -> NDArray[np.int32]:
    """The joint scores in the *ledger*; -1 where one of the two is missing [10, n]."""
    found = np.full((len(CATEGORIES), len(ledger)), -1, np.int32)
    for place, (text, image) in _both(ledger).items():
        rows = np.arange(len(ledger))
        together = _together(text.values, image.values)
        for one in (text, image):
            if one.known is not None:
                rows = rows[one.known[rows]]
        found[place, rows] = together[rows]
    return found


def _close(ledger: Ledger, bars: Thresholds) -> dict[int, CategoryScores]:
    """The joint scores that may reach one of *bars*: never more than the two add up to.

    So one of the two has half a bar at least. Most have not, and noisy-or costs its
    time.
    """
    found = {}
    for place, (text, image) in _both(ledger).items():
        half = min(int(bars.review[place].min()), int(bars.refuse[place].min())) // 2
        near = (text.values >= half) | (image.values >= half)
        for one in (text, image):
            if one.known is not None:
                near &= one.known
        rows = np.flatnonzero(near)
        together = _together(text.values[rows], image.values[rows])
        found[place] = CategoryScores(together, rows=rows)
    return found


def _both(ledger: Ledger) -> dict[int, tuple[CategoryScores, CategoryScores]]:
    """The worst score of the caption and that of the picture, where there are both."""
    texts, more = scores_of(ledger, "caption"), scores_of(ledger, "detoxify")
    for place, said in more.items():
        texts[place] = _worse(texts[place], said) if place in texts else said
    images = scores_of(ledger, "image")
    return {place: (texts[place], images[place]) for place in texts if place in images}


def _worse(one: CategoryScores, other: CategoryScores) -> CategoryScores:
    """The higher of two scores, and the only one where there is but one."""
    values = np.maximum(one.values, other.values)
    if one.known is None or other.known is None:
        return CategoryScores(values)
    return CategoryScores(values, one.known | other.known)


def _together(
    text: NDArray[np.integer], image: NDArray[np.integer]
) -> NDArray[np.int32]:
    """The joint score of each row, fixed point; certain only if it is."""
    both = noisy_or(text / ONE, image / ONE)
    rounded = np.minimum(np.rint(both * ONE), np.where(both < 1, ONE - 1, ONE))
    fixed_point: NDArray[np.int32] = rounded.astype(np.int32)
    return fixed_point
