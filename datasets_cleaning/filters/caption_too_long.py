"""A caption that is an essay."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Subject


class CaptionTooLong(Filter):
    """Drops a pair whose canonical caption has more than so many *characters*."""

    key: ClassVar[str] = "caption_too_long"
    meanings: ClassVar[Mapping[str, str]] = {
        "caption_too_long": "The caption has more characters than the plan allows."
    }
    subject: ClassVar[Subject] = Subject.CAPTION
    cost: ClassVar[Cost] = Cost.CAPTION
    reads: ClassVar[frozenset[str]] = frozenset({"caption_length"})
    score: ClassVar[Score] = Score(
        name="caption length",
        values=lambda ledger: known(ledger, "caption_length"),
        edges=np.geomspace(1, 10_000, 51),
        threshold="characters",
        drops_low=False,
    )

    characters: Annotated[int, Field(ge=1)]

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        long = ledger.numbers("caption_length") > self.characters
        return np.asarray(long, np.uint8)
