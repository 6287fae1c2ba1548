"""A logistic regression per category over hashed pieces of text, in NumPy alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from moderation.errors import ClassifierUnavailable
from moderation.protocols import Scores
from moderation.text.features import BUCKET_BITS, hashed_ngrams
from moderation.verdict import Category

WINDOW, STRIDE = 320, 240  # characters


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """Scores a text by the sum of its pieces' weights; reads English and Russian.

    *weights* [buckets, categories] are whole numbers in units of *scales* [categories].
    """

    version: str
    categories: tuple[Category, ...]
    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    biases: NDArray[np.float32]

    @classmethod
    def load(cls, path: Path) -> Self:
        """The classifier in the safetensors file *path*.

        Raises ClassifierUnavailable when the file is missing, damaged or of another
        shape.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                about = file.metadata() or {}
                tensors = {
                    n: file.get_tensor(n) for n in ("weights", "scales", "biases")
                }
            categories = tuple(Category(n) for n in json.loads(about["categories"]))
            _check(tensors["weights"], len(categories), digest=about["digest"])
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise ClassifierUnavailable(
                f"cannot load the prompt classifier {path}: {error}"
            ) from error
        return cls(about["version"], categories, **tensors)

    @classmethod
    def bundled(cls) -> Self:
        """The classifier that ships with the package."""
        weights = files("moderation") / "weights/prompt-linear.safetensors"
        with as_file(weights) as path:
            return cls.load(path)

    def scores(self, text: str, /) -> Scores:
        """Probability per category: the worst over *text* whole and window by window.

        Windows keep a long harmless text from diluting a short harmful one. Words in an
        alphabet that was never learnt say next to nothing: the policy is strict there.
        """
        logits = np.max([self._logits(window) for window in windows(text)], axis=0)
        return dict(zip(self.categories, _sigmoid(logits).tolist(), strict=True))

    def _logits(self, text: str) -> NDArray[np.float32]:
        found = hashed_ngrams(text)
        summed = self.weights[found].sum(axis=0, dtype=np.int32)
        logits: NDArray[np.float32] = (
            summed * self.scales / np.sqrt(np.float32(len(found))) + self.biases
        )
        return logits


def windows(text: str) -> Iterator[str]:
    """*text* and, when it is long, its overlapping stretches of WINDOW characters."""
    yield text
    if len(text) > WINDOW:
        for start in range(0, len(text) - WINDOW + STRIDE, STRIDE):
            yield text[start : start + WINDOW]


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    return 1 / (1 + np.exp(-np.clip(logits, -12, 12)))


def _check(weights: NDArray[np.int8], categories: int, *, digest: str) -> None:
    if weights.shape != (1 << BUCKET_BITS, categories) or weights.dtype != np.int8:
        raise ValueError(f"weights of shape {weights.shape} and type {weights.dtype}")
    if (actual := sha256(weights.tobytes()).hexdigest()) != digest:
        raise ValueError(f"the weights' digest is {actual}, the file says {digest}")
