"""A picture that stands on a list of known ones."""

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from datasets_cleaning.filters.optional import NOT_JUDGED, closed, unknown
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes

COLUMNS: Final = ("listed_sha256", "listed_pdq")


@dataclass(frozen=True, slots=True)
class Listed:
    """Drops a pair whose picture, or its file, is on a list.

    An *optional* one lets a job without lists pass.
    """

    optional: bool = False
    reasons: ClassVar[tuple[str, ...]] = ("listed", NOT_JUDGED)
    borderline: ClassVar[frozenset[str]] = frozenset()

    @property
    def needs(self) -> frozenset[str]:
        """The two columns, unless a job may do without lists."""
        return frozenset() if self.optional else frozenset(COLUMNS)

    def judge(self, ledger: Ledger) -> Codes:
        """1 for what is listed, 2 for what nobody looked up [n]."""
        there = [column for column in COLUMNS if column in ledger]
        if not there:
            return np.zeros(len(ledger), np.uint8)
        found = np.logical_or.reduce([ledger.numbers(column) != 0 for column in there])
        return closed(found.astype(np.uint8), unknown(ledger, COLUMNS), self.reasons)
