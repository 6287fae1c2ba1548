"""A picture that is larger than anything that learns from it."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Subject


def longer_sides(ledger: Ledger) -> NDArray[np.float64]:
    """The longer sides that are known [k]."""
    return np.maximum(known(ledger, "width"), known(ledger, "height"))


class ImageTooLarge(Filter):
    """Drops a pair whose picture's *longer_side* has more pixels than this."""

    key: ClassVar[str] = "image_too_large"
    meanings: ClassVar[Mapping[str, str]] = {
        "image_too_large": "The picture has more pixels than the plan allows."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.HEADER
    reads: ClassVar[frozenset[str]] = frozenset({"width", "height"})
    score: ClassVar[Score] = Score(
        name="longer side",
        values=longer_sides,
        edges=np.geomspace(16, 16384, 51),
        threshold="longer_side",
        drops_low=False,
    )

    longer_side: Annotated[int, Field(ge=1)]

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        longer = np.maximum(ledger.numbers("width"), ledger.numbers("height"))
        return np.asarray(longer > self.longer_side, np.uint8)
