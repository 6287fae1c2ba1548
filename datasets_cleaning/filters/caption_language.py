"""A caption that the classifiers were never taught to read."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Subject
from moderation.language import Language


class CaptionLanguage(Filter):
    """Drops a pair whose caption is in none of *languages*."""

    key: ClassVar[str] = "caption_language"
    meanings: ClassVar[Mapping[str, str]] = {
        "caption_language": "The caption is in a language that the plan does not take."
    }
    subject: ClassVar[Subject] = Subject.CAPTION
    cost: ClassVar[Cost] = Cost.CAPTION
    reads: ClassVar[frozenset[str]] = frozenset({"language"})

    languages: Annotated[tuple[Language, ...], Field(min_length=1, strict=False)]

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(~ledger.matches("language", *self.languages), np.uint8)
