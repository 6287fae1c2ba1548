"""A head: a network with the categories it scores, its encoder and its self-test.

It ships as one safetensors file: the network's tensors, embeddings of harmless pictures
(`harmless`) and one flagged embedding per category (`flagged`). Its metadata say which
kind of network it is, and the SHA-256 of the encoder that it was made for.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from moderation.errors import ClassifierUnavailable
from moderation.image.networks import (
    Concepts,
    Matrix,
    Network,
    Perceptron,
    Recogniser,
    directions,
)
from moderation.verdict import Category

KINDS: Final[Mapping[str, Callable[[dict[str, Matrix]], Network]]] = {
    "recogniser": lambda tensors: Recogniser(**tensors),
    "perceptron": Perceptron.from_tensors,
    "concepts": lambda tensors: Concepts(**tensors),
}


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
        """Which weights answer, for the record."""
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
            "kind": type(self.network).__name__.lower(),
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
