"""A picture that is larger than anything that learns from it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class ImageTooLarge:
    """Drops a pair whose picture's *longer_side* has more pixels than this."""

    longer_side: int

    reasons: ClassVar[tuple[str, ...]] = ("image_too_large",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"width", "height"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        longer = np.maximum(ledger.numbers("width"), ledger.numbers("height"))
        return np.asarray(longer > self.longer_side, np.uint8)
