"""A picture with somebody's mark on it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger, fixed
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class Watermarked:
    """Drops a pair whose picture bears a mark with this *probability* or a higher."""

    probability: float

    reasons: ClassVar[tuple[str, ...]] = ("watermarked",)
    grey: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"watermark"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        marked = ledger.numbers("watermark") >= fixed(self.probability)
        return np.asarray(marked, np.uint8)
