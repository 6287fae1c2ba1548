"""A picture with somebody's mark on it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.ledger import ONE, Ledger, fixed_point
from datasets_cleaning.measures.embeddings import Watermark
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from moderation.policy import Policy


class Watermarked(Filter):
    """Drops a pair whose picture bears a mark with this *probability* or a higher."""

    key: ClassVar[str] = "watermarked"
    meanings: ClassVar[Mapping[str, str]] = {
        "watermarked": "The picture bears a watermark, with this probability or a"
        " higher one."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.WATERMARK
    reads: ClassVar[frozenset[str]] = frozenset({"watermark"})
    score: ClassVar[Score] = Score(
        name="watermark",
        values=lambda ledger: known(ledger, "watermark") / ONE,
        edges=np.linspace(0, 1, 51),
        threshold="probability",
        drops_low=False,
    )

    probability: Annotated[float, Field(ge=0, le=1)]

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """The probability of a watermark."""
        return (Watermark(loaded.embedder, loaded.watermark),)

    @classmethod
    def available(cls, classifiers: Classifiers) -> bool:
        """True if there is a scorer."""
        return classifiers.watermark is not None

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        marked = ledger.numbers("watermark") >= fixed_point(self.probability)
        return np.asarray(marked, np.uint8)
