"""A picture with somebody's mark on it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger, fixed_point
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class Watermarked:
    """Drops a pair whose picture bears a mark with this *probability* or a higher."""

    probability: float

    reasons: ClassVar[tuple[str, ...]] = ("watermarked",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"watermark"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        marked = ledger.numbers("watermark") >= fixed_point(self.probability)
        return np.asarray(marked, np.uint8)
