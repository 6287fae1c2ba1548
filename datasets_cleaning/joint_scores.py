"""Joint scores of caption and picture in a ledger: noisy-or of the two."""

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.category_scores import (
    CATEGORIES,
    CategoryScores,
    Thresholds,
    scores_of,
)
from datasets_cleaning.ledger import ONE, Ledger
from moderation.gates import noisy_or


def joint_scores(ledger: Ledger) -> NDArray[np.int32]:
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


def joint_scores_near(
    ledger: Ledger, thresholds: Thresholds
) -> dict[int, CategoryScores]:
    """The joint scores that may reach one of *thresholds*, by places of categories.

    They are never more than the two add up to, so one of the two has half a threshold
    at least. Most have not, and noisy-or costs its time.
    """
    found = {}
    for place, (text, image) in _both(ledger).items():
        half = thresholds.lowest(place) // 2
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
    for place, own in more.items():
        texts[place] = _worse(texts[place], own) if place in texts else own
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
    whole: NDArray[np.int32] = rounded.astype(np.int32)
    return whole
