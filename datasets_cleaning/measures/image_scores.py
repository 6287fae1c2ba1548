"""Scores of pictures by the heads, as the image gate would have them.

Pictures come scaled down and are cut quickly, which moves a score a little. A score
that lies close to a threshold is made again the exact way: the decision is the gate's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets_cleaning.category_scores import score_columns, score_rows
from datasets_cleaning.measures.captions import CaptionScores
from datasets_cleaning.measures.embeddings import Embedder
from datasets_cleaning.protocols import Cost, PairContents
from moderation.errors import ImageRefused
from moderation.gates import joint_scores
from moderation.image.heads import ImageScorer
from moderation.image.uploads import read_image
from moderation.policy import Rules
from moderation.protocols import Scores

NEAR: Final = 0.1
"""The distance from a threshold within which a quick score is made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScores:
    """The scores of all heads of *scorer* on one embedding of each view of a picture.

    *rules* are those of the image gate; *joint* those over the scores of *captions* and
    pictures together. They only say where to look twice.
    """

    cost: ClassVar[Cost] = Cost.IMAGE_NETWORK
    embedder: Embedder
    scorer: ImageScorer
    rules: Rules
    joint: Rules
    captions: CaptionScores

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return f"{self.scorer.version}+near-{NEAR}"

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A column for each category of the heads."""
        return score_columns("image", self.scorer.heads.categories)

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """A score for each pair and category; None for what can't be decoded."""
        self.embedder(contents)
        answers = [self._scores(pair) for pair in contents]
        return score_rows("image", self.scorer.heads.categories, answers)

    def _scores(self, pair: PairContents) -> Scores | None:
        if pair.embeddings is None:
            return None
        quick = self._worst(pair.embeddings)
        if not self._close(quick, pair):
            return quick
        try:
            return self.scorer.scores(read_image(pair.data))
        except ImageRefused:
            return None

    def _worst(self, embeddings: NDArray[np.float32]) -> Scores:
        worst = self.scorer.heads.score_batch(embeddings).max(axis=0)
        return dict(zip(self.scorer.heads.categories, map(float, worst), strict=True))

    def _close(self, scores: Scores, pair: PairContents) -> bool:
        """True if a threshold is so near that the quick way could miss its side."""
        if _near(scores, self.rules):
            return True
        if not self.joint or pair.pair.caption is None:
            return False
        caption = self.captions.judged(pair.text)
        return caption is not None and _near(joint_scores(caption, scores), self.joint)


def _near(scores: Scores, rules: Rules) -> bool:
    # at 1 a policy says «never», and no head's score reaches it
    return any(
        abs(score - bar) <= NEAR
        for category, score in scores.items()
        if (rule := rules.get(category)) is not None
        for bar in (rule.review, rule.refuse)
        if bar < 1
    )
