"""A picture without an edge in it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class Blurred:
    """Drops a pair whose picture's variance of the Laplacian is below *sharpness*."""

    sharpness: float

    reasons: ClassVar[tuple[str, ...]] = ("blurred",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"blur"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("blur") < self.sharpness, np.uint8)
