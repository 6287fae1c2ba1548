"""A caption that would teach a model how to reach somebody."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.personal_data import KINDS
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Drops a pair whose caption holds one of *kinds* of personal data."""

    kinds: tuple[str, ...]

    reasons: ClassVar[tuple[str, ...]] = ("personal_data",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"personal"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        mask = sum(KINDS[kind] for kind in self.kinds)
        return np.asarray(ledger.numbers("personal") & mask != 0, np.uint8)
