"""A file that is no picture, or a picture that nobody should decode."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.files import OTHER, UNREADABLE
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class HeaderUnreadable:
    """Drops a pair whose picture can't be told from its file's own marks."""

    reasons: ClassVar[tuple[str, ...]] = ("image_unreadable",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"format"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.matches("format", OTHER, UNREADABLE), np.uint8)


@dataclass(frozen=True, slots=True)
class PixelsUnreadable:
    """Drops a pair whose picture could not be decoded to its end."""

    reasons: ClassVar[tuple[str, ...]] = ("image_unreadable",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"decoded"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("decoded") == 0, np.uint8)
