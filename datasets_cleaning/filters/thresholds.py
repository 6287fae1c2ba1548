"""Scores against the two thresholds of each category, for many pairs at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.filters.optional import NOT_JUDGED
from datasets_cleaning.ledger import ONE, Ledger, fixed
from datasets_cleaning.protocols import Codes
from moderation.policy import Rules
from moderation.text.language import Language
from moderation.verdict import Category, Rule

Scores = NDArray[np.integer]
"""Fixed-point scores [categories, n]."""

CATEGORIES: Final = tuple(Category)
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ru", "other")


def reasons(subject: str) -> tuple[str, ...]:
    """A reason to refuse and one to review for each category, and `NOT_JUDGED`."""
    return (
        *(f"{subject}:{category}" for category in CATEGORIES),
        *(f"{subject}_review:{category}" for category in CATEGORIES),
        NOT_JUDGED,
    )


def grey(subject: str) -> frozenset[str]:
    """Those of `reasons` that are doubtful only."""
    return frozenset(reasons(subject)[len(CATEGORIES) : -1])


def columns(subject: str) -> tuple[str, ...]:
    """The column of each category, in the order of `CATEGORIES`."""
    return tuple(f"{subject}_{category}" for category in CATEGORIES)


_NEVER: Final = Rule(2.0, 2.0)


@dataclass(frozen=True, slots=True)
class Bars:
    """Fixed-point thresholds, [categories, n] or [categories, 1]."""

    review: Scores
    refuse: Scores

    @classmethod
    def of(cls, rules: Rules) -> "Bars":
        """Those of *rules*, the same for every row; a category without one has none."""
        found = [rules.get(category, _NEVER) for category in CATEGORIES]
        review, refuse = (
            np.array([[ONE + 1 if bar > 1 else fixed(bar)] for bar in bars])
            for bars in ([r.review for r in found], [r.refuse for r in found])
        )
        return cls(review, refuse)

    def spread(self, rows: int) -> "Bars":
        """These for each of *rows*, to be written over."""
        shape = (len(CATEGORIES), rows)
        review = np.broadcast_to(self.review, shape).copy()
        return Bars(review, np.broadcast_to(self.refuse, shape).copy())


def by_language(ledger: Ledger, rules: Sequence[Rules]) -> Bars:
    """The *rules* of each of `LANGUAGES` for the rows in that language."""
    first, *others = map(Bars.of, rules)
    if all(np.array_equal(first.review, b.review) for b in others) and all(
        np.array_equal(first.refuse, b.refuse) for b in others
    ):
        return first
    bars = first.spread(len(ledger))
    for language, own in zip(LANGUAGES[1:], others, strict=True):
        said = ledger.says("language", language)
        bars.review[:, said], bars.refuse[:, said] = own.review, own.refuse
    return bars


def crossed(scores: Scores, bars: Bars) -> Codes:
    """For each row the place, from 1, of its worst reason among `reasons`, or 0 [n].

    A score of -1 is none. Of several categories the one with the highest score counts.
    """
    refused, worst = _highest(scores, scores >= bars.refuse)
    doubtful, grey_ = _highest(scores, scores >= bars.review)
    codes = np.where(doubtful, 1 + len(CATEGORIES) + grey_, 0)
    return np.where(refused, 1 + worst, codes).astype(np.uint8)


def _highest(
    scores: Scores, over: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Whether a category is *over* its bar, and which of those scores highest [n]."""
    known = over & (scores >= 0)
    is_over: NDArray[np.bool_] = np.logical_or.reduce(known)
    return is_over, np.where(known, scores, -1).argmax(axis=0)


def scores(ledger: Ledger, subject: str) -> Scores:
    """Those of *subject* in the *ledger*; -1 where there is none [categories, n]."""
    found = np.full((len(CATEGORIES), len(ledger)), -1, np.int64)
    for row, column in zip(found, columns(subject), strict=True):
        if column in ledger:
            row[:] = np.where(ledger.known(column), ledger.numbers(column), -1)
    return found
