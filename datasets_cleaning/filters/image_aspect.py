"""A picture so long that a square shows little of it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class ImageAspect:
    """Drops a pair whose picture is more than *ratio* times as long as it is wide."""

    ratio: float

    reasons: ClassVar[tuple[str, ...]] = ("image_aspect",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"width", "height"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        sides = ledger.numbers("width"), ledger.numbers("height")
        shorter, longer = np.minimum(*sides), np.maximum(*sides)
        return np.asarray(longer > self.ratio * shorter, np.uint8)
