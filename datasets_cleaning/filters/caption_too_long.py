"""A caption that is an essay."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class CaptionTooLong:
    """Drops a pair whose canonical caption has more than so many *characters*."""

    characters: int

    reasons: ClassVar[tuple[str, ...]] = ("caption_too_long",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"caption_length"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        long = ledger.numbers("caption_length") > self.characters
        return np.asarray(long, np.uint8)
