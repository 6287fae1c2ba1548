"""A picture with too little to learn from."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class ImageTooSmall:
    """Drops a pair whose picture's *shorter_side* has fewer pixels than this."""

    shorter_side: int

    reasons: ClassVar[tuple[str, ...]] = ("image_too_small",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"width", "height"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        shorter = np.minimum(ledger.numbers("width"), ledger.numbers("height"))
        return np.asarray(shorter < self.shorter_side, np.uint8)
