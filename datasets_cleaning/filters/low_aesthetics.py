"""A picture that people would not call beautiful."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class Plain:
    """Drops a pair whose picture's aesthetics score is below *aesthetics*."""

    aesthetics: float

    reasons: ClassVar[tuple[str, ...]] = ("plain",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"aesthetics"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("aesthetics") < self.aesthetics, np.uint8)
