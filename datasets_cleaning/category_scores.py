"""Scores by category as columns of a ledger, and held against a policy's thresholds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets_cleaning.ledger import ONE, SCORE, Ledger, fixed_point
from datasets_cleaning.protocols import Codes
from datasets_cleaning.reasons import NOT_JUDGED
from moderation.language import Language
from moderation.policy import Rules
from moderation.protocols import Scores
from moderation.verdict import Category, Rule

CATEGORIES: Final = tuple(Category)
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ru", "other")


def reasons(subject: str) -> tuple[str, ...]:
    """A reason to refuse and one to review for each category, and `NOT_JUDGED`."""
    return (
        *(f"{subject}:{category}" for category in CATEGORIES),
        *(f"{subject}_review:{category}" for category in CATEGORIES),
        NOT_JUDGED,
    )


def borderline(subject: str) -> frozenset[str]:
    """Reasons to review, which a person may overrule."""
    return frozenset(reasons(subject)[len(CATEGORIES) : -1])


def columns(subject: str) -> tuple[str, ...]:
    """The column of each category, in the order of `CATEGORIES`."""
    return tuple(f"{subject}_{category}" for category in CATEGORIES)


_NEVER: Final = Rule(2.0, 2.0)


@dataclass(frozen=True, slots=True, eq=False)
class CategoryScores:
    """Fixed-point scores [m] of one category.

    *known* [m] says where one is known, None: everywhere; *rows* [m] whose they are,
    in their order, None: each has its own.
    """

    values: NDArray[np.integer]
    known: NDArray[np.bool_] | None = None
    rows: NDArray[np.intp] | None = None

    def places(self, score: int) -> NDArray[np.intp]:
        """Places among *values* where a known score reaches this *score*."""
        over = self.values >= score
        if self.known is not None:
            over &= self.known
        return np.flatnonzero(over)


@dataclass(frozen=True, slots=True, eq=False)
class Thresholds:
    """Fixed-point thresholds [categories, kinds], and of which kind each row is [n].

    Where all rows are of one kind, *kind* is None.
    """

    review: NDArray[np.int32]
    refuse: NDArray[np.int32]
    kind: NDArray[np.uint8] | None = None

    @classmethod
    def of(cls, *rules: Rules, kind: NDArray[np.uint8] | None = None) -> "Thresholds":
        """Thresholds of *rules*, one of them for each kind of rows; 2 where none is."""
        found = [[each.get(c, _NEVER) for each in rules] for c in CATEGORIES]
        review, refuse = (
            np.array(
                [[_stored_threshold(getattr(r, name)) for r in row] for row in found],
                np.int32,
            )
            for name in ("review", "refuse")
        )
        return cls(review, refuse, kind)

    def lowest(self, place: int) -> int:
        """The lowest threshold of the category at *place*, whatever the kind."""
        return int(min(self.review[place].min(), self.refuse[place].min()))

    def crossing(
        self, scored: CategoryScores, place: int
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.integer]]]:
        """Rows and scores that reach the lower threshold at *place*, then the higher.

        The *place* is that of a category.
        """
        # One comparison with one number finds the few that may; only their kinds are
        # looked up.
        near = scored.places(self.lowest(place))
        rows = near if scored.rows is None else scored.rows[near]
        values = scored.values[near]
        for bars in (self.review[place], self.refuse[place]):
            over = values >= (bars[0] if self.kind is None else bars[self.kind[rows]])
            yield rows[over], values[over]


def thresholds_by_language(ledger: Ledger, rules: Sequence[Rules]) -> Thresholds:
    """The *rules* of each of `LANGUAGES` for the rows in that language."""
    first, *others = rules
    if all(other == first for other in others):
        return Thresholds.of(first)
    kind = np.zeros(len(ledger), np.uint8)
    for place, language in enumerate(LANGUAGES[1:], start=1):
        kind[ledger.matches("language", language)] = place
    return Thresholds.of(*rules, kind=kind)


def worst_reasons(
    scored: Mapping[int, CategoryScores], thresholds: Thresholds, rows: int
) -> Codes:
    """For each of *rows* the place, from 1, of its worst reason among `reasons`, or 0.

    Scores are given by the place of their category. Of several categories the one with
    the highest score counts, and the earlier one of equals.
    """
    codes, highest = np.zeros((2, rows), np.uint8), np.full((2, rows), -1, np.int32)
    for place, own in scored.items():
        for level, (over, values) in enumerate(thresholds.crossing(own, place)):
            higher = values > highest[level, over]
            highest[level, over[higher]] = values[higher]
            codes[level, over[higher]] = 1 + place
    review, refuse = codes
    review[review > 0] += len(CATEGORIES)
    return np.where(refuse > 0, refuse, review)


def scores_of(ledger: Ledger, subject: str) -> dict[int, CategoryScores]:
    """Scores of *subject* in the *ledger*, by the place of their category."""
    return {
        place: CategoryScores(
            ledger.numbers(column),
            None if ledger.complete(column) else ledger.known(column),
        )
        for place, column in enumerate(columns(subject))
        if column in ledger
    }


def _stored_threshold(threshold: float) -> int:
    return ONE + 1 if threshold > 1 else fixed_point(threshold)


def unscored(ledger: Ledger, subject: str) -> NDArray[np.bool_]:
    """Rows that lack one of the scores of *subject* that there are, or all [n]."""
    present = [column for column in columns(subject) if column in ledger]
    return ledger.unknown(present) if present else np.ones(len(ledger), np.bool_)


def score_columns(
    subject: str, categories: Iterable[Category]
) -> dict[str, pa.DataType]:
    """A column of scores of *subject* for each of *categories*."""
    return {f"{subject}_{category}": SCORE for category in categories}


def score_rows(
    subject: str, categories: Sequence[Category], answers: Sequence[Scores | None]
) -> Mapping[str, Sequence[Any]]:
    """*answers* in fixed point; None where there is none, or no probability."""
    return {
        f"{subject}_{category}": [
            None if answer is None else _stored(answer.get(category))
            for answer in answers
        ]
        for category in categories
    }


def _stored(score: float | None) -> int | None:
    """*score* in fixed point; what is no probability says nothing."""
    return fixed_point(score) if score is not None and 0 <= score <= 1 else None
