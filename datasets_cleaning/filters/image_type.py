"""A picture in another format than the plan wants."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.files import UNREADABLE
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class ImageType:
    """Drops a pair whose picture is, by its content, of none of *types*."""

    types: tuple[str, ...]

    reasons: ClassVar[tuple[str, ...]] = ("image_type",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"format"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        wanted = ledger.matches("format", *self.types, UNREADABLE)
        return np.asarray(~wanted, np.uint8)
