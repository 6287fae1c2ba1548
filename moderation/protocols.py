"""Classifiers as gates ask them."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from moderation.verdict import Category

Embedding = NDArray[np.float32]
Scores = Mapping[Category, float]


class TextClassifier(Protocol):
    """A classifier of text."""

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        ...

    def scores(self, text: str, /) -> Scores:
        """Probability per category, each in [0, 1]."""
        ...


class EmbeddingClassifier(Protocol):
    """A classifier of CLIP image embeddings."""

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        ...

    def scores(self, embedding: Embedding, /) -> Scores:
        """Probability per category for one un-normalised embedding [d]."""
        ...


class ImageClassifier(Protocol):
    """A classifier of images."""

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        ...

    def scores(self, image: Image, /) -> Scores:
        """Probability per category for one RGB picture."""
        ...


class ListClassifier(Protocol):
    """A classifier that knows pictures, or their files, from a list."""

    @property
    def version(self) -> str:
        """The version of the list, for the record."""
        ...

    def scores(self, image: Image, sha256: str | None, /) -> Scores:
        """1 for each category that *image*, or its file, is listed for, else 0."""
        ...
