"""A caption that would not have passed as a prompt."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from datasets_cleaning.category_scores import (
    LANGUAGES,
    borderline,
    columns,
    reasons,
    scores_of,
    thresholds_by_language,
    worst_reasons,
)
from datasets_cleaning.classifiers import LoadedClassifiers
from datasets_cleaning.filter import PolicyFilter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from moderation.policy import Policy


class CaptionJudged(PolicyFilter):
    """Drops a pair unless the bundled classifiers' scores of its caption are allowed.

    Its rules are those of the prompt gate, for each of `LANGUAGES`.
    """

    key: ClassVar[str] = "caption_judged"
    meanings: ClassVar[Mapping[str, str]] = {
        "caption": "The prompt gate would refuse the caption.",
        "caption_review": "The prompt gate would ask a person about the caption.",
    }
    reasons: ClassVar[tuple[str, ...]] = reasons("caption")
    borderline: ClassVar[frozenset[str]] = borderline("caption")
    subject: ClassVar[Subject] = Subject.CAPTION
    cost: ClassVar[Cost] = Cost.TEXT_CLASSIFIER
    reads: ClassVar[frozenset[str]] = frozenset({"language", *columns("caption")})

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """The scores of the bundled classifiers."""
        return (loaded.captions,)

    def under(self, policy: Policy) -> Self:
        """The filter with the rules for prompts in each language."""
        return self.ruled(*(policy.rules("prompt", each) for each in LANGUAGES))

    def decide(self, ledger: Ledger, /) -> Codes:
        """The worst reason of each row [n]."""
        thresholds = thresholds_by_language(ledger, self.rules)
        return worst_reasons(scores_of(ledger, "caption"), thresholds, len(ledger))
