"""A picture that people would not call beautiful."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.embeddings import Aesthetics
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from moderation.policy import Policy


class LowAesthetics(Filter):
    """Drops a pair whose picture's aesthetics score is below *aesthetics*."""

    key: ClassVar[str] = "low_aesthetics"
    old_keys: ClassVar[tuple[str, ...]] = ("plain",)
    meanings: ClassVar[Mapping[str, str]] = {
        "low_aesthetics": "The predicted rating of the picture's beauty is lower than"
        " the plan asks for."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.AESTHETICS
    reads: ClassVar[frozenset[str]] = frozenset({"aesthetics"})
    score: ClassVar[Score] = Score(
        name="aesthetics",
        values=lambda ledger: known(ledger, "aesthetics"),
        edges=np.linspace(0, 10, 51),
        threshold="aesthetics",
        drops_low=True,
    )

    aesthetics: Annotated[float, Field(ge=-100, le=100)]

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """The predicted rating."""
        return (Aesthetics(loaded.embedder, loaded.aesthetics),)

    @classmethod
    def available(cls, classifiers: Classifiers) -> bool:
        """True if there is a scorer."""
        return classifiers.aesthetics is not None

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("aesthetics") < self.aesthetics, np.uint8)
