"""Whether a caption speaks of its picture: their cosine in CLIP's space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from datasets_cleaning.measures.embedding import Embedder
from datasets_cleaning.protocols import View
from moderation.clip import ClipText
from moderation.image.networks import directions


@dataclass(frozen=True, slots=True)
class Similarity:
    """The cosine, -1 to 1, of the middle of a picture and its canonical caption."""

    embedder: Embedder
    reader: ClipText
    columns: ClassVar[Mapping[str, pa.DataType]] = {"similarity": pa.float32()}

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return f"{self.embedder.encoder.version} {self.reader.version}"

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """A cosine for each of *views*; None where half of the pair is missing."""
        self.embedder(views)
        found: list[float | None] = [None] * len(views)
        there = [
            i
            for i, view in enumerate(views)
            if view.embeddings is not None and view.pair.caption is not None
        ]
        if there:
            texts = list(dict.fromkeys(views[i].text for i in there))
            read = dict(zip(texts, directions(self.reader.embed(texts)), strict=True))
            for i in there:
                [seen] = directions(np.asarray(views[i].embeddings)[:1])
                found[i] = float(seen @ read[views[i].text])
        return {"similarity": found}
