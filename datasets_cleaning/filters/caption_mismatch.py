"""A caption that says nothing of its picture."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class Unlike:
    """Drops a pair whose caption and picture have less than this *cosine* in CLIP."""

    cosine: float

    reasons: ClassVar[tuple[str, ...]] = ("unlike",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"similarity"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("similarity") < self.cosine, np.uint8)
