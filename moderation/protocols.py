"""What a gate asks of a classifier."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from moderation.verdict import Category

Embedding = NDArray[np.float32]
Scores = Mapping[Category, float]


class TextClassifier(Protocol):
    """Anything that scores text."""

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        ...

    def scores(self, text: str, /) -> Scores:
        """Probability per category, each in [0, 1]."""
        ...


class EmbeddingClassifier(Protocol):
    """Anything that scores a CLIP image embedding."""

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        ...

    def scores(self, embedding: Embedding, /) -> Scores:
        """Probability per category for one un-normalised embedding [d]."""
        ...


class ImageClassifier(Protocol):
    """Anything that scores an image."""

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        ...

    def scores(self, image: Image, /) -> Scores:
        """Probability per category for one RGB picture."""
        ...


class ListClassifier(Protocol):
    """Anything that knows pictures, or their files, from a list."""

    @property
    def version(self) -> str:
        """Which list answers, for the record."""
        ...

    def scores(self, image: Image, sha256: str | None, /) -> Scores:
        """1 for each category that *image*, or its file, is listed for, else 0."""
        ...
