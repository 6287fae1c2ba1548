"""Heads over a CLIP embedding, and the scorer that puts them to pictures.

They recognise the things that they were shown: a softmax over all of them. The score of
a category is the probability of the things that belong to it. They ship as one
safetensors file: `weight`, `bias` and `membership`, and a self-test, embeddings of
harmless pictures (`harmless`) and one flagged embedding per category (`flagged`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from moderation.errors import ClassifierUnavailable
from moderation.image.views import views
from moderation.protocols import Embedding, Scores
from moderation.verdict import Category

Matrix = NDArray[np.float32]

TINY = 1e-6  # CLIP's embeddings have lengths of about 10
CERTAIN = 1 - 1e-6


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recogniser:
    """Tells n things apart, and knows which of them belong to which category.

    Weight [n, d] and bias [n] make logits; *membership* [categories, n] is 0 or 1.
    """

    weight: Matrix
    bias: Matrix
    membership: Matrix

    def probabilities(self, embeddings: Matrix) -> Matrix:
        """[m, d] to [m, categories]; only the direction of an embedding counts."""
        x = embeddings.astype(np.float64)
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        logits = x @ self.weight.T + self.bias
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        # rounding must not make a certainty of it: at 1.00 a policy says «never»
        return np.asarray(np.clip(likely @ self.membership.T, 0, CERTAIN), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heads:
    """A score per category for one embedding.

    Heads that do not fit together, or that take a harmless embedding of their self-test
    for a flagged one or the reverse, cannot be made: ClassifierUnavailable. The
    polarity of published heads has been mistaken before.
    """

    name: str
    encoder: str
    categories: tuple[Category, ...]
    recogniser: Recogniser
    harmless: Matrix
    flagged: Matrix

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_polarity()

    @classmethod
    def load(cls, path: Path) -> Self:
        """The heads in *path*, or ClassifierUnavailable."""
        try:
            tensors, metadata = _read(path)
            return cls(
                name=metadata["name"],
                encoder=metadata["encoder"],
                categories=tuple(map(Category, json.loads(metadata["categories"]))),
                harmless=tensors.pop("harmless"),
                flagged=tensors.pop("flagged"),
                recogniser=Recogniser(**tensors),
            )
        except (OSError, SafetensorError, LookupError, ValueError, TypeError) as error:
            raise ClassifierUnavailable(f"no heads in {path}: {error!r}") from error

    def save(self, path: Path) -> None:
        """Writes the file that `load` reads."""
        save_file(self._tensors(), path, self._metadata() | {"digest": self.digest})

    @property
    def digest(self) -> str:
        """The SHA-256 of everything these heads are made of."""
        return _digest(self._tensors(), self._metadata())

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return f"heads-{self.name}@{self.digest[:12]}"

    @property
    def dimension(self) -> int:
        """The length of the embeddings that these heads understand."""
        return int(self.recogniser.weight.shape[-1])

    def scores(self, embedding: Embedding) -> Scores:
        """Probability per category for one un-normalised *embedding* [d]."""
        if embedding.shape != (self.dimension,):
            raise ClassifierUnavailable(
                f"heads {self.name} want an embedding [{self.dimension}],"
                f" got {list(embedding.shape)}"
            )
        length = np.linalg.norm(embedding.astype(np.float64))
        if not TINY < length < np.inf:
            raise ClassifierUnavailable(f"an embedding of length {length} says nothing")
        [answer] = self.recogniser.probabilities(embedding[np.newaxis])
        return dict(zip(self.categories, map(float, answer), strict=True))

    def _check_shapes(self) -> None:
        things, categories = len(self.recogniser.bias), len(self.categories)
        probes, dimension = len(self.harmless), self.dimension
        expected = {
            "weight": (things, dimension),
            "bias": (things,),
            "membership": (categories, things),
            "harmless": (probes, dimension),
            "flagged": (categories, dimension),
        }
        shapes = {name: tensor.shape for name, tensor in self._tensors().items()}
        if shapes != expected or not min(things, categories, probes):
            raise ClassifierUnavailable(f"{shapes} are no shapes of heads")

    def _check_polarity(self) -> None:
        harmless = self.recogniser.probabilities(self.harmless)
        flagged = self.recogniser.probabilities(self.flagged).diagonal()
        # asked this way round, NaN is on neither side
        if not (harmless.max() < 0.5 <= flagged.min()):  # noqa: PLR2004  # the middle
            raise ClassifierUnavailable(
                f"heads {self.name} fail their self-test: harmless embeddings score up"
                f" to {harmless.max():.2f}, flagged ones from {flagged.min():.2f}"
            )

    def _tensors(self) -> dict[str, Matrix]:
        tensors = {
            "weight": self.recogniser.weight,
            "bias": self.recogniser.bias,
            "membership": self.recogniser.membership,
            "harmless": self.harmless,
            "flagged": self.flagged,
        }
        # safetensors writes memory as it lies: a transposed matrix would be another
        return {name: np.ascontiguousarray(t) for name, t in tensors.items()}

    def _metadata(self) -> dict[str, str]:
        return {
            "name": self.name,
            "encoder": self.encoder,
            "categories": json.dumps(self.categories),
        }


@dataclass(frozen=True, slots=True)
class ImageScorer:
    """Scores a picture by the worst of its views."""

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
