"""A picture without an edge in it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from datasets_cleaning.classifiers import LoadedClassifiers
from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.pixels import Blur
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from moderation.policy import Policy


class Blurred(Filter):
    """Drops a pair whose picture's variance of the Laplacian is below *sharpness*."""

    key: ClassVar[str] = "blurred"
    meanings: ClassVar[Mapping[str, str]] = {
        "blurred": "The picture is not sharp: the variance of its Laplacian is too low."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.PIXELS
    reads: ClassVar[frozenset[str]] = frozenset({"blur"})
    score: ClassVar[Score] = Score(
        name="blur",
        values=lambda ledger: known(ledger, "blur"),
        edges=np.geomspace(1, 1e5, 51),
        threshold="sharpness",
        drops_low=True,
    )

    sharpness: Annotated[float, Field(ge=0, le=1e6)]

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """The variance of the Laplacian."""
        return (Blur(),)

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("blur") < self.sharpness, np.uint8)
