"""CLIP's view of pictures, made once for everything that stands on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from datasets_cleaning.protocols import View
from moderation.clip import Encoder
from moderation.errors import ImageRefused
from moderation.image.preprocessing import Pixels, squares

SQUARES: Final = 64
"""How many the encoder is shown at a time."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """Gives embeddings to views that have none."""

    encoder: Encoder

    def __call__(self, views: Sequence[View]) -> list[View]:
        """Those of *views* that have embeddings now: their pictures are sound."""
        cut = [
            (view, made) for view in views if (made := self._squares(view)) is not None
        ]
        if cut:
            every = np.concatenate([own for _, own in cut])
            parts = [
                self.encoder.embed_squares(every[start : start + SQUARES])
                for start in range(0, len(every), SQUARES)
            ]
            ends = np.cumsum([len(own) for _, own in cut])
            each = np.split(np.concatenate(parts), ends[:-1])
            for (view, _), embeddings in zip(cut, each, strict=True):
                view.embeddings = embeddings
        return [view for view in views if view.embeddings is not None]

    def _squares(self, view: View) -> Pixels | None:
        if view.embeddings is not None:
            return None
        try:
            return squares(view.pixels, self.encoder.preprocessing)
        except ImageRefused:
            return None


@dataclass(frozen=True, slots=True)
class Embedding:
    """The embedding of the middle of each picture, to be kept in a file of its own."""

    embedder: Embedder

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return self.embedder.encoder.version

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """The column `embedding`, which is written beside the ledger."""
        return {"embedding": pa.list_(pa.float16())}

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """An embedding [d], un-normalised, for each of *views*, or None."""
        self.embedder(views)
        return {
            "embedding": [
                None if view.embeddings is None else view.embeddings[0]
                for view in views
            ]
        }
