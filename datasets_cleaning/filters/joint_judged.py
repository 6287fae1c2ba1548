"""A caption and a picture that are each allowed, and together are not."""

from collections.abc import Mapping
from typing import ClassVar, Self

from datasets_cleaning.category_scores import (
    Thresholds,
    borderline,
    columns,
    reasons,
    unscored,
    worst_reasons,
)
from datasets_cleaning.filter import PolicyFilter
from datasets_cleaning.joint_scores import joint_scores_near
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Subject
from moderation.policy import Policy


class JointJudged(PolicyFilter):
    """Drops a pair unless the scores of caption and picture together are allowed.

    Only categories that both were judged for count.
    """

    key: ClassVar[str] = "joint_judged"
    meanings: ClassVar[Mapping[str, str]] = {
        "joint": "Caption and picture together are refused.",
        "joint_review": "Caption and picture together are borderline.",
    }
    reasons: ClassVar[tuple[str, ...]] = reasons("joint")
    borderline: ClassVar[frozenset[str]] = borderline("joint")
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.IMAGE_NETWORK
    reads: ClassVar[frozenset[str]] = frozenset(
        {*columns("caption"), *columns("detoxify"), *columns("image")}
    )

    @property
    def required(self) -> frozenset[str]:
        """The scores of captions; which others there are depends on the models."""
        return frozenset(columns("caption"))

    def under(self, policy: Policy) -> Self:
        """The filter with the joint rules."""
        return self.ruled(policy.joint)

    def decide(self, ledger: Ledger, /) -> Codes:
        """The worst reason of each row [n]."""
        thresholds = Thresholds.of(*self.rules)
        near = joint_scores_near(ledger, thresholds)
        codes = worst_reasons(near, thresholds, len(ledger))
        return self.not_judged_where(unscored(ledger, "image"), codes)
