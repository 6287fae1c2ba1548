"""A picture that would not have been shown."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from datasets_cleaning.category_scores import (
    Thresholds,
    borderline,
    columns,
    reasons,
    scores_of,
    unscored,
    worst_reasons,
)
from datasets_cleaning.classifiers import LoadedClassifiers
from datasets_cleaning.filter import PolicyFilter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.image_scores import ImageScores
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from moderation.policy import Policy


class ImageJudged(PolicyFilter):
    """Drops a pair unless the scores of its picture are allowed by the image gate.

    The categories that are scored depend on the heads; a picture without any score is
    not judged.
    """

    key: ClassVar[str] = "image_judged"
    meanings: ClassVar[Mapping[str, str]] = {
        "image": "The image gate would refuse the picture.",
        "image_review": "The image gate would ask a person about the picture.",
    }
    reasons: ClassVar[tuple[str, ...]] = reasons("image")
    borderline: ClassVar[frozenset[str]] = borderline("image")
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.IMAGE_NETWORK
    reads: ClassVar[frozenset[str]] = frozenset(columns("image"))

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """The scores of all heads."""
        scores = ImageScores(
            embedder=loaded.embedder,
            scorer=loaded.scorer,
            rules=policy.rules("image"),
            joint=policy.joint,
            captions=loaded.captions,
        )
        return (scores,)

    @property
    def required(self) -> frozenset[str]:
        """No column by its name."""
        return frozenset()

    def under(self, policy: Policy) -> Self:
        """The filter with the rules for pictures."""
        return self.ruled(policy.rules("image"))

    def decide(self, ledger: Ledger, /) -> Codes:
        """The worst reason of each row [n]."""
        thresholds = Thresholds.of(*self.rules)
        codes = worst_reasons(scores_of(ledger, "image"), thresholds, len(ledger))
        return self.not_judged_where(unscored(ledger, "image"), codes)
