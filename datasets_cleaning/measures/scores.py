"""Scores of several classifiers as the columns of a ledger."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from datasets_cleaning.ledger import SCORE, fixed
from moderation.protocols import Scores
from moderation.verdict import Category


def columns(subject: str, categories: Iterable[Category]) -> dict[str, pa.DataType]:
    """A column of scores of *subject* for each of *categories*."""
    return {f"{subject}_{category}": SCORE for category in categories}


def rows(
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
    return fixed(score) if score is not None and 0 <= score <= 1 else None
