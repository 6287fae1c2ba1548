"""A caption that would not have passed as a prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.category_scores import (
    borderline,
    columns,
    reasons,
    scores_of,
    thresholds_by_language,
    worst_reasons,
)
from datasets_cleaning.filters.optional import closed, unknown
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes
from moderation.policy import Rules


@dataclass(frozen=True, slots=True)
class CaptionJudged:
    """Drops a pair unless the bundled classifiers' scores of its caption are allowed.

    *rules* are those of the prompt gate, for each of `LANGUAGES`.
    """

    rules: Sequence[Rules]
    reasons: ClassVar[tuple[str, ...]] = reasons("caption")
    borderline: ClassVar[frozenset[str]] = borderline("caption")
    needs: ClassVar[frozenset[str]] = frozenset({"language", *columns("caption")})

    def judge(self, ledger: Ledger) -> Codes:
        """The worst reason of each row [n]."""
        bars = thresholds_by_language(ledger, self.rules)
        return worst_reasons(scores_of(ledger, "caption"), bars, len(ledger))


@dataclass(frozen=True, slots=True)
class Detoxify:
    """Drops a pair unless Detoxify's scores of its caption are allowed.

    An *optional* one lets a job without Detoxify pass.
    """

    rules: Sequence[Rules]
    optional: bool = False
    reasons: ClassVar[tuple[str, ...]] = reasons("caption")
    borderline: ClassVar[frozenset[str]] = borderline("caption")
    needs: ClassVar[frozenset[str]] = frozenset({"language"})

    def judge(self, ledger: Ledger) -> Codes:
        """The worst reason of each row [n]."""
        there = [column for column in columns("detoxify") if column in ledger]
        if not there:
            nobody = np.full(len(ledger), not self.optional)
            return closed(np.zeros(len(ledger), np.uint8), nobody, self.reasons)
        bars = thresholds_by_language(ledger, self.rules)
        codes = worst_reasons(scores_of(ledger, "detoxify"), bars, len(ledger))
        return closed(codes, unknown(ledger, there), self.reasons)
