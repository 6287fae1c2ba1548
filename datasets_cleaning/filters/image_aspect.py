"""A picture so long that a square shows little of it."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Subject


def aspects(ledger: Ledger) -> NDArray[np.float64]:
    """The aspect ratios that are known [k]."""
    sides = known(ledger, "width"), known(ledger, "height")
    return np.asarray(np.maximum(*sides) / np.minimum(*sides).clip(1), np.float64)


class ImageAspect(Filter):
    """Drops a pair whose picture is more than *ratio* times as long as it is wide."""

    key: ClassVar[str] = "image_aspect"
    meanings: ClassVar[Mapping[str, str]] = {
        "image_aspect": "The picture is too long a strip."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.HEADER
    reads: ClassVar[frozenset[str]] = frozenset({"width", "height"})
    score: ClassVar[Score] = Score(
        name="aspect ratio",
        values=aspects,
        edges=np.geomspace(1, 32, 51),
        threshold="ratio",
        drops_low=False,
    )

    ratio: Annotated[float, Field(ge=1, le=1000)]

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        sides = ledger.numbers("width"), ledger.numbers("height")
        shorter, longer = np.minimum(*sides), np.maximum(*sides)
        return np.asarray(longer > self.ratio * shorter, np.uint8)
