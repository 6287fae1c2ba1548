"""A caption of which nothing is visible."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class CaptionEmpty:
    """Drops a pair whose canonical caption has no character."""

    reasons: ClassVar[tuple[str, ...]] = ("caption_empty",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"caption_length"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("caption_length") == 0, np.uint8)
