"""A caption of which nothing is visible."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Subject


class CaptionEmpty(Filter):
    """Drops a pair whose canonical caption has no character."""

    key: ClassVar[str] = "caption_empty"
    meanings: ClassVar[Mapping[str, str]] = {
        "caption_empty": "Nothing of the caption is visible."
    }
    subject: ClassVar[Subject] = Subject.CAPTION
    cost: ClassVar[Cost] = Cost.CAPTION
    reads: ClassVar[frozenset[str]] = frozenset({"caption_length"})

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("caption_length") == 0, np.uint8)
