"""All heads over one CLIP encoder, and the scorer that puts them to pictures."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from PIL.Image import Image

from moderation.errors import ClassifierUnavailable
from moderation.image.head import Head
from moderation.image.networks import TINY, Matrix, directions
from moderation.image.preprocessing import views
from moderation.protocols import Embedding, Scores
from moderation.verdict import Category


class ImageEncoder(Protocol):
    """Anything that turns a picture into a CLIP embedding."""

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        ...

    @property
    def digest(self) -> str:
        """The SHA-256 of the weights: heads fit only the encoder they grew on."""
        ...

    def embed(self, image: Image, /) -> Embedding:
        """The projected, un-normalised embedding [d] of *image*."""
        ...


@dataclass(frozen=True, slots=True)
class Heads:
    """A score per category for one embedding: that of the head which is worst.

    Heads over different encoders cannot stand together: ClassifierUnavailable.
    """

    members: tuple[Head, ...]
    categories: tuple[Category, ...] = field(init=False)

    def __post_init__(self) -> None:
        if not self.members:
            raise ClassifierUnavailable("there are no heads")
        made_for = {head.version: head.encoder for head in self.members}
        widths = {head.network.dimension for head in self.members}
        if len(set(made_for.values())) != 1 or len(widths) != 1:
            raise ClassifierUnavailable(
                f"heads stand over one encoder, these over several: {made_for}"
            )
        seen = {category for head in self.members for category in head.categories}
        object.__setattr__(self, "categories", tuple(c for c in Category if c in seen))

    @classmethod
    def load(cls, path: Path) -> Self:
        """The head in the file *path*, or those in all the files of the folder *path*.

        Raises ClassifierUnavailable unless every one of them can be loaded.
        """
        files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
        if not files:
            raise ClassifierUnavailable(f"no heads in {path}: no *.safetensors there")
        return cls(tuple(map(Head.load, files)))

    @property
    def encoder(self) -> str:
        """The SHA-256 of the encoder that these heads were made for."""
        return self.members[0].encoder

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return " + ".join(head.version for head in self.members)

    @property
    def dimension(self) -> int:
        """The length of the embeddings that these heads understand."""
        return self.members[0].network.dimension

    def scores(self, embedding: Embedding) -> Scores:
        """Probability per category for one un-normalised *embedding* [d]."""
        if embedding.shape != (self.dimension,):
            raise ClassifierUnavailable(
                f"{self.version} want an embedding [{self.dimension}],"
                f" got {list(embedding.shape)}"
            )
        [scores] = self.score_each(embedding[np.newaxis])
        return dict(zip(self.categories, map(float, scores), strict=True))

    def score_each(self, embeddings: Matrix) -> Matrix:
        """Probabilities [m, categories] for un-normalised *embeddings* [m, d].

        Raises ClassifierUnavailable when one of them says nothing.
        """
        lengths = np.linalg.norm(embeddings.astype(np.float64), axis=1)
        if not ((lengths > TINY) & (lengths < np.inf)).all():
            raise ClassifierUnavailable(
                f"an embedding of length {lengths.min()} says nothing"
            )
        worst = np.zeros((len(embeddings), len(self.categories)), np.float32)
        for head in self.members:
            answers = head.network.probabilities(directions(embeddings))
            if not np.isfinite(answers).all():
                raise ClassifierUnavailable(f"{head.version} answered no number")
            places = [self.categories.index(category) for category in head.categories]
            for place, answer in zip(places, answers.T, strict=True):
                worst[:, place] = np.maximum(worst[:, place], answer)
        return worst


@dataclass(frozen=True, slots=True)
class ImageScorer:
    """Scores a picture by the worst of its views, each embedded once for all heads."""

    encoder: ImageEncoder
    heads: Heads

    def __post_init__(self) -> None:
        if self.heads.encoder != self.encoder.digest:
            raise ClassifierUnavailable(
                f"{self.heads.version} were made for the encoder {self.heads.encoder},"
                f" not for {self.encoder.digest}"
            )

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return f"{self.heads.version} on {self.encoder.version}"

    def scores(self, image: Image) -> Scores:
        """Probability per category for one RGB *image*."""
        answers = [self.heads.scores(self.encoder.embed(view)) for view in views(image)]
        return {
            category: max(answer[category] for answer in answers)
            for category in self.heads.categories
        }
