"""A picture with too little to learn from."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Subject


def shorter_sides(ledger: Ledger) -> NDArray[np.float64]:
    """The shorter sides that are known [k]."""
    return np.minimum(known(ledger, "width"), known(ledger, "height"))


class ImageTooSmall(Filter):
    """Drops a pair whose picture's *shorter_side* has fewer pixels than this."""

    key: ClassVar[str] = "image_too_small"
    meanings: ClassVar[Mapping[str, str]] = {
        "image_too_small": "The picture has fewer pixels than the plan asks for."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.HEADER
    reads: ClassVar[frozenset[str]] = frozenset({"width", "height"})
    score: ClassVar[Score] = Score(
        name="shorter side",
        values=shorter_sides,
        edges=np.geomspace(16, 16384, 51),
        threshold="shorter_side",
        drops_low=True,
    )

    shorter_side: Annotated[int, Field(ge=1)]

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        shorter = np.minimum(ledger.numbers("width"), ledger.numbers("height"))
        return np.asarray(shorter < self.shorter_side, np.uint8)
