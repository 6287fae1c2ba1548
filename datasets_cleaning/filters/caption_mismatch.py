"""A caption that says nothing of its picture."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.embeddings import Similarity
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from moderation.policy import Policy


class CaptionMismatch(Filter):
    """Drops a pair whose caption and picture have less than this *cosine* in CLIP."""

    key: ClassVar[str] = "caption_mismatch"
    old_keys: ClassVar[tuple[str, ...]] = ("unlike",)
    meanings: ClassVar[Mapping[str, str]] = {
        "caption_mismatch": "The caption does not fit the picture, by their cosine in"
        " CLIP's space."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.SIMILARITY
    reads: ClassVar[frozenset[str]] = frozenset({"similarity"})
    score: ClassVar[Score] = Score(
        name="similarity",
        values=lambda ledger: known(ledger, "similarity"),
        edges=np.linspace(-0.25, 0.75, 51),
        threshold="cosine",
        drops_low=True,
    )

    cosine: Annotated[float, Field(ge=-1, le=1)]

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """The cosine of caption and picture."""
        return (Similarity(loaded.embedder, loaded.text_encoder),)

    @classmethod
    def available(cls, classifiers: Classifiers) -> bool:
        """True if there is the text half of CLIP."""
        clip = classifiers.clip
        return classifiers.text is not None or (clip is not None and clip.is_file())

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("similarity") < self.cosine, np.uint8)
