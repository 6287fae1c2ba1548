"""Scorers by path over the same embeddings: beauty, and somebody's mark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from datasets_cleaning.ledger import SCORE, fixed
from datasets_cleaning.measures.embedding import Embedder
from datasets_cleaning.protocols import View
from moderation.image.quality import Quality

_STEEPEST = 80.0  # a logit beyond it changes nothing


@dataclass(frozen=True, slots=True)
class Aesthetics:
    """The predicted rating of the middle of a picture, on the scale of its scorer."""

    embedder: Embedder
    quality: Quality
    columns: ClassVar[Mapping[str, pa.DataType]] = {"aesthetics": pa.float32()}

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return self.quality.version

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """A number for each of *views*; None for what can't be decoded."""
        self.embedder(views)
        return {
            "aesthetics": [
                None
                if view.embeddings is None
                else float(self.quality(view.embeddings[:1])[0])
                for view in views
            ]
        }


@dataclass(frozen=True, slots=True)
class Watermark:
    """The chance that a picture bears a watermark; its edges are looked at, too."""

    embedder: Embedder
    quality: Quality
    columns: ClassVar[Mapping[str, pa.DataType]] = {"watermark": SCORE}

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return self.quality.version

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """A probability for each of *views*; None for what can't be decoded."""
        self.embedder(views)
        return {
            "watermark": [
                None if view.embeddings is None else self._probability(view.embeddings)
                for view in views
            ]
        }

    def _probability(self, embeddings: np.ndarray[Any, np.dtype[np.float32]]) -> int:
        logit = float(self.quality(embeddings).max())
        return fixed(1 / (1 + exp(-max(-_STEEPEST, min(_STEEPEST, logit)))))
