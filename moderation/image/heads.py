"""Heads over one CLIP encoder, each with its categories and its self-test.

A head ships as one safetensors file: its network's tensors, embeddings of harmless
pictures (`harmless`) and one flagged embedding per category (`flagged`). The metadata
name the kind of network and the SHA-256 of the encoder that it was made for.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
from PIL.Image import Image
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from moderation.errors import ClassifierUnavailable
from moderation.image.networks import (
    TINY,
    ConceptNetwork,
    Matrix,
    Network,
    Perceptron,
    SoftmaxNetwork,
    directions,
)
from moderation.image.preprocessing import views
from moderation.protocols import Embedding, Scores
from moderation.verdict import Category

KINDS: Final[Mapping[str, Callable[[dict[str, Matrix]], Network]]] = {
    SoftmaxNetwork.kind: lambda tensors: SoftmaxNetwork(**tensors),
    Perceptron.kind: Perceptron.from_tensors,
    ConceptNetwork.kind: lambda tensors: ConceptNetwork(**tensors),
}
"""What makes a network of its tensors, by the kind that a file names."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """A score for each of some categories, from the direction of an embedding.

    A head that does not fit together, or that takes a harmless embedding of its
    self-test for a flagged one or the reverse, cannot be made: ClassifierUnavailable.
    The polarity of published heads has been mistaken before.
    """

    name: str
    encoder: str
    categories: tuple[Category, ...]
    network: Network
    harmless: Matrix
    flagged: Matrix

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_polarity()

    @classmethod
    def load(cls, path: Path) -> Self:
        """The head in *path*, or ClassifierUnavailable."""
        try:
            tensors, metadata = _read(path)
            return cls(
                name=metadata["name"],
                encoder=metadata["encoder"],
                categories=tuple(map(Category, json.loads(metadata["categories"]))),
                harmless=tensors.pop("harmless"),
                flagged=tensors.pop("flagged"),
                network=KINDS[metadata["kind"]](tensors),
            )
        except (OSError, SafetensorError, LookupError, ValueError, TypeError) as error:
            raise ClassifierUnavailable(f"no heads in {path}: {error!r}") from error

    def save(self, path: Path) -> None:
        """Writes the file that `load` reads."""
        save_file(self._tensors(), path, self._metadata() | {"digest": self.digest})

    @property
    def digest(self) -> str:
        """The SHA-256 of everything this head is made of."""
        return _digest(self._tensors(), self._metadata())

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return f"heads-{self.name}@{self.digest[:12]}"

    def _check_shapes(self) -> None:
        outputs, dimension = len(self.categories), self.network.dimension
        shapes = [self.network.outputs, self.harmless.shape[1:], self.flagged.shape]
        expected = [outputs, (dimension,), (outputs, dimension)]
        if shapes != expected or not len(self.harmless) or not outputs:
            raise ClassifierUnavailable(
                f"outputs, harmless and flagged embeddings of {self.name} have the"
                f" shapes {shapes}, expected {expected}"
            )

    def _check_polarity(self) -> None:
        with np.errstate(all="ignore"):  # what is no number fails below
            harmless = self.network.probabilities(directions(self.harmless))
            flagged = self.network.probabilities(directions(self.flagged)).diagonal()
        # asked this way round, NaN is on neither side
        if not (harmless.max() < 0.5 <= flagged.min()):  # noqa: PLR2004  # the middle
            raise ClassifierUnavailable(
                f"heads {self.name} fail their self-test: harmless embeddings score up"
                f" to {harmless.max():.2f}, flagged ones from {flagged.min():.2f}"
            )

    def _tensors(self) -> dict[str, Matrix]:
        probes = {"harmless": self.harmless, "flagged": self.flagged}
        # safetensors writes memory as it lies: a transposed matrix would be another
        tensors = self.network.tensors() | probes
        return {name: np.ascontiguousarray(t) for name, t in tensors.items()}

    def _metadata(self) -> dict[str, str]:
        return {
            "name": self.name,
            "kind": self.network.kind,
            "encoder": self.encoder,
            "categories": json.dumps(self.categories),
        }


def _read(path: Path) -> tuple[dict[str, Matrix], dict[str, str]]:
    """The tensors and the metadata of *path*, once they match the digest in it."""
    with safe_open(path, framework="np") as file:
        metadata = dict(file.metadata())
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
    if metadata.pop("digest") != _digest(tensors, metadata):
        raise ValueError("its content does not have its digest")
    return tensors, metadata


def _digest(tensors: Mapping[str, Matrix], metadata: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tensor.shape} ".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()


class ImageEncoder(Protocol):
    """An encoder from a picture to a CLIP embedding."""

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
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
        found = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
        if not found:
            raise ClassifierUnavailable(f"no heads in {path}: no *.safetensors there")
        return cls(tuple(map(Head.load, found)))

    @classmethod
    def bundled(cls) -> Self:
        """The heads over kandinsky-mini's encoder, or ClassifierUnavailable."""
        with as_file(files("moderation") / "weights/heads-mini.safetensors") as path:
            return cls.load(path)

    @property
    def encoder(self) -> str:
        """The SHA-256 of the encoder that these heads were made for."""
        return self.members[0].encoder

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
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
        [scores] = self.score_batch(embedding[np.newaxis])
        return dict(zip(self.categories, map(float, scores), strict=True))

    def score_batch(self, embeddings: Matrix) -> Matrix:
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
        """The version of the weights, for the record."""
        return f"{self.heads.version} on {self.encoder.version}"

    def scores(self, image: Image) -> Scores:
        """Probability per category for one RGB *image*."""
        answers = [self.heads.scores(self.encoder.embed(view)) for view in views(image)]
        return {
            category: max(answer[category] for answer in answers)
            for category in self.heads.categories
        }
