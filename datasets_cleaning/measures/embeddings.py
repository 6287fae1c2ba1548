"""Measures over CLIP's embeddings, which are made once for each picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa

from datasets_cleaning.ledger import SCORE, fixed_point
from datasets_cleaning.protocols import Cost, PairContents
from moderation.clip import ClipImageEncoder, ClipTextEncoder
from moderation.errors import ImageRefused
from moderation.image.networks import directions
from moderation.image.preprocessing import Pixels, square_views
from moderation.image.quality import QualityScorer

SQUARES: Final = 64
"""Squares that the encoder is shown at a time."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """Gives embeddings to views that have none."""

    encoder: ClipImageEncoder

    def __call__(self, contents: Sequence[PairContents]) -> list[PairContents]:
        """The *contents* that have embeddings now: their pictures are sound."""
        cut = [
            (pair, made)
            for pair in contents
            if (made := self._squares(pair)) is not None
        ]
        if cut:
            every = np.concatenate([own for _, own in cut])
            parts = [
                self.encoder.embed_batch(every[start : start + SQUARES])
                for start in range(0, len(every), SQUARES)
            ]
            ends = np.cumsum([len(own) for _, own in cut])
            each = np.split(np.concatenate(parts), ends[:-1])
            for (pair, _), embeddings in zip(cut, each, strict=True):
                pair.embeddings = embeddings
        return [pair for pair in contents if pair.embeddings is not None]

    def _squares(self, pair: PairContents) -> Pixels | None:
        if pair.embeddings is not None:
            return None
        try:
            return square_views(pair.pixels, self.encoder.preprocessing)
        except ImageRefused:
            return None


@dataclass(frozen=True, slots=True)
class Embedding:
    """The embedding of the middle of each picture, to be kept in a file of its own."""

    cost: ClassVar[Cost] = Cost.IMAGE_NETWORK
    embedder: Embedder

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return self.embedder.encoder.version

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """The column `embedding`, which is written beside the ledger."""
        return {"embedding": pa.list_(pa.float16())}

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """An embedding [d], un-normalised, for each of *contents*, or None."""
        self.embedder(contents)
        return {
            "embedding": [
                None if pair.embeddings is None else pair.embeddings[0]
                for pair in contents
            ]
        }


@dataclass(frozen=True, slots=True)
class Similarity:
    """The cosine, -1 to 1, of the middle of a picture and its canonical caption."""

    cost: ClassVar[Cost] = Cost.SIMILARITY
    embedder: Embedder
    text_encoder: ClipTextEncoder
    columns: ClassVar[Mapping[str, pa.DataType]] = {"similarity": pa.float32()}

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return f"{self.embedder.encoder.version} {self.text_encoder.version}"

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """A cosine for each of *contents*; None where half of the pair is missing."""
        self.embedder(contents)
        found: list[float | None] = [None] * len(contents)
        there = [
            i
            for i, pair in enumerate(contents)
            if pair.embeddings is not None and pair.pair.caption is not None
        ]
        if there:
            texts = list(dict.fromkeys(contents[i].text for i in there))
            read = dict(
                zip(texts, directions(self.text_encoder.embed(texts)), strict=True)
            )
            for i in there:
                [seen] = directions(np.asarray(contents[i].embeddings)[:1])
                found[i] = float(seen @ read[contents[i].text])
        return {"similarity": found}


_STEEPEST = 80.0  # a logit beyond it changes nothing


@dataclass(frozen=True, slots=True)
class Aesthetics:
    """The predicted rating of the middle of a picture, on the scale of its scorer."""

    cost: ClassVar[Cost] = Cost.AESTHETICS
    embedder: Embedder
    quality: QualityScorer
    columns: ClassVar[Mapping[str, pa.DataType]] = {"aesthetics": pa.float32()}

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return self.quality.version

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """A number for each of *contents*; None for what can't be decoded."""
        self.embedder(contents)
        return {
            "aesthetics": [
                None
                if pair.embeddings is None
                else float(self.quality(pair.embeddings[:1])[0])
                for pair in contents
            ]
        }


@dataclass(frozen=True, slots=True)
class Watermark:
    """The chance that a picture bears a watermark; its edges are looked at, too."""

    cost: ClassVar[Cost] = Cost.WATERMARK
    embedder: Embedder
    quality: QualityScorer
    columns: ClassVar[Mapping[str, pa.DataType]] = {"watermark": SCORE}

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return self.quality.version

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """A probability for each of *contents*; None for what can't be decoded."""
        self.embedder(contents)
        return {
            "watermark": [
                None if pair.embeddings is None else self._probability(pair.embeddings)
                for pair in contents
            ]
        }

    def _probability(self, embeddings: np.ndarray[Any, np.dtype[np.float32]]) -> int:
        logit = float(self.quality(embeddings).max())
        return fixed_point(1 / (1 + exp(-max(-_STEEPEST, min(_STEEPEST, logit)))))
