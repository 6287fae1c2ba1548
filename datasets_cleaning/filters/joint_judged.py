"""A caption and a picture that are each allowed, and together are not."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datasets_cleaning.filters.optional import closed, unknown
from datasets_cleaning.filters.thresholds import (
    CATEGORIES,
    Bars,
    Scores,
    columns,
    crossed,
    grey,
    reasons,
    scores,
)
from datasets_cleaning.ledger import ONE, Ledger
from datasets_cleaning.protocols import Codes
from moderation.joint import noisy_or
from moderation.policy import Rules


@dataclass(frozen=True, slots=True)
class JointJudged:
    """Drops a pair unless the scores of caption and picture together are allowed.

    Only categories that both were judged for count, under *rules*.
    """

    rules: Rules
    reasons: ClassVar[tuple[str, ...]] = reasons("joint")
    grey: ClassVar[frozenset[str]] = grey("joint")
    needs: ClassVar[frozenset[str]] = frozenset(columns("caption"))

    def judge(self, ledger: Ledger) -> Codes:
        """The worst reason of each row [n]."""
        there = [column for column in columns("image") if column in ledger]
        missing = unknown(ledger, there) if there else np.ones(len(ledger), np.bool_)
        codes = crossed(joint(ledger), Bars.of(self.rules))
        return closed(codes, missing, self.reasons)


def joint(ledger: Ledger) -> Scores:
    """The joint scores in the *ledger*; -1 where one of the two is missing [10, n]."""
    texts = np.maximum(scores(ledger, "caption"), scores(ledger, "detoxify"))
    images = scores(ledger, "image")
    both = np.asarray(noisy_or(texts / ONE, images / ONE))
    together = np.minimum(np.rint(both * ONE), np.where(both < 1, ONE - 1, ONE))
    known = (texts >= 0) & (images >= 0)
    return np.where(known, together, -1).astype(np.int64).reshape(len(CATEGORIES), -1)
