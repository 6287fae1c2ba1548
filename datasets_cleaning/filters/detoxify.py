"""A caption that Detoxify would not have let pass as a prompt."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np

from datasets_cleaning.category_scores import (
    LANGUAGES,
    borderline,
    columns,
    reasons,
    scores_of,
    thresholds_by_language,
    worst_reasons,
)
from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.filter import PolicyFilter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.captions import DetoxifyScores
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from moderation.policy import Policy


class Detoxify(PolicyFilter):
    """Drops a pair unless Detoxify's scores of its caption are allowed.

    An *optional* one lets a job without Detoxify pass.
    """

    key: ClassVar[str] = "detoxify"
    meanings: ClassVar[Mapping[str, str]] = {
        "caption": "The prompt gate would refuse the caption.",
        "caption_review": "The prompt gate would ask a person about the caption.",
    }
    reasons: ClassVar[tuple[str, ...]] = reasons("caption")
    borderline: ClassVar[frozenset[str]] = borderline("caption")
    subject: ClassVar[Subject] = Subject.CAPTION
    cost: ClassVar[Cost] = Cost.TEXT_NETWORK
    reads: ClassVar[frozenset[str]] = frozenset({"language", *columns("detoxify")})

    optional: bool = False

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """The scores of Detoxify."""
        return (DetoxifyScores(loaded.detoxify),)

    @classmethod
    def available(cls, classifiers: Classifiers) -> bool:
        """True if there is a Detoxify."""
        return classifiers.detoxify is not None

    @property
    def required(self) -> frozenset[str]:
        """The language; which categories there are depends on the checkpoint."""
        return frozenset({"language"})

    def under(self, policy: Policy) -> Self:
        """The filter with the rules for prompts in each language."""
        return self.ruled(*(policy.rules("prompt", each) for each in LANGUAGES))

    def decide(self, ledger: Ledger, /) -> Codes:
        """The worst reason of each row [n]."""
        present = [column for column in columns("detoxify") if column in ledger]
        if not present:
            unjudged = np.full(len(ledger), not self.optional)
            return self.not_judged_where(unjudged, np.zeros(len(ledger), np.uint8))
        thresholds = thresholds_by_language(ledger, self.rules)
        codes = worst_reasons(scores_of(ledger, "detoxify"), thresholds, len(ledger))
        return self.not_judged_where(ledger.unknown(present), codes)
