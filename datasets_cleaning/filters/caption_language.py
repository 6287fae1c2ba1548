"""A caption that the classifiers were never taught to read."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes


@dataclass(frozen=True, slots=True)
class CaptionLanguage:
    """Drops a pair whose caption is in none of *languages*: en, ru, other."""

    languages: tuple[str, ...]

    reasons: ClassVar[tuple[str, ...]] = ("caption_language",)
    borderline: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset({"language"})

    def judge(self, ledger: Ledger) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(~ledger.matches("language", *self.languages), np.uint8)
