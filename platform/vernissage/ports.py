"""What the flow asks of the outside world."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from generation import Recipe

Embedding = NDArray[np.float32]
OnStep = Callable[[int, int], None]
"""Told after each step how many are done, of how many; its exceptions pass through."""


class Engine(Protocol):
    """Paints in two stages."""

    @property
    def model(self) -> str:
        """Name and digest of the weights, for the record."""
        ...

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        """A recipe at the model's own size and, unless said, its own steps."""
        ...

    def prior(self, prompt: str, recipe: Recipe) -> Embedding:
        """The image embedding that *prompt* suggests."""
        ...

    def decoder(
        self, prompt: str, embedding: Embedding, recipe: Recipe, on_step: OnStep
    ) -> Image:
        """The picture of *embedding*."""
        ...


class Doorbell(Protocol):
    """Says «look» to the workers; carries no state and may be missed.

    Never raises: what a broker does not deliver, the sweep rings again.
    """

    def screening(self) -> None:
        """Something waits for a screener."""
        ...

    def painting(self) -> None:
        """Something waits for a painter."""
        ...


class Storage(Protocol):
    """Keeps pictures: what anyone may see apart from what only reviewers may."""

    def keep(self, artwork_id: UUID, image: Image) -> str:
        """Put *image* into quarantine and return its key."""
        ...

    def release(self, key: str) -> None:
        """Move the picture *key* from quarantine to the public side. Idempotent."""
        ...

    def withdraw(self, key: str) -> None:
        """Move the picture *key* back into quarantine. Idempotent."""
        ...

    def discard(self, key: str) -> None:
        """Forget the picture *key*, which no artwork has. Idempotent."""
        ...

    def public(self, key: str) -> bytes | None:
        """The released PNG, or None."""
        ...

    def quarantined(self, key: str) -> bytes | None:
        """The PNG that only reviewers may see, or None."""
        ...


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """The present moment, with a time zone."""
        ...
