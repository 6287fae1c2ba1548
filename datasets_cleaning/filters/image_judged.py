"""A picture that would not have been shown."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.category_scores import (
    Thresholds,
    borderline,
    columns,
    reasons,
    scores_of,
    worst_reasons,
)
from datasets_cleaning.filters.optional import closed, unknown
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes
from moderation.policy import Rules


@dataclass(frozen=True, slots=True)
class ImageJudged:
    """Drops a pair unless the scores of its picture are allowed by *rules*.

    Which categories are scored depends on the heads; where there is no score at all,
    nobody has judged.
    """

    rules: Rules
    reasons: ClassVar[tuple[str, ...]] = reasons("image")
    borderline: ClassVar[frozenset[str]] = borderline("image")
    needs: ClassVar[frozenset[str]] = frozenset()

    def judge(self, ledger: Ledger) -> Codes:
        """The worst reason of each row [n]."""
        there = [column for column in columns("image") if column in ledger]
        missing = unknown(ledger, there) if there else np.ones(len(ledger), np.bool_)
        bars = Thresholds.of(self.rules)
        codes = worst_reasons(scores_of(ledger, "image"), bars, len(ledger))
        return closed(codes, missing, self.reasons)
