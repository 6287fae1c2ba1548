"""The ports: interfaces of the services to the outside world."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from PIL.Image import Image

from generation import Recipe
from generation.regimes import Regime
from generation.request import GenerationRequest


class Engine(Protocol):
    """Generates many pictures at a time, for one thread.

    An error over one picture is a GenerationError: raised, or the *error* of a request
    that failed. Any other exception means that the engine is broken.
    """

    @property
    def model(self) -> str:
        """Name and digest of the weights, for the record."""
        ...

    @property
    def capacity(self) -> int:
        """Number of pictures that can be under way at once."""
        ...

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        """A recipe at the model's own size and, unless said, its own steps."""
        ...

    def submit(self, regime: Regime, recipe: Recipe) -> GenerationRequest:
        """Take a request on: it has a slot until it is done or has failed."""
        ...

    def tick(self) -> list[GenerationRequest]:
        """One step for some of the pictures under way; those that it moved."""
        ...

    def decode(self, request: GenerationRequest) -> None:
        """Let *request*, which is embedded, be decoded from the next tick on."""
        ...

    def cancel(self, request: GenerationRequest) -> None:
        """Leave *request* as it is and free its slot. Idempotent."""
        ...


class WorkNotifier(Protocol):
    """Tells workers that something waits; carries no state and may be lost.

    Never raises: the sweep notifies again of notifications that were lost.
    """

    def screening(self) -> None:
        """Notify the screeners."""
        ...

    def painting(self) -> None:
        """Notify the generators."""
        ...


class Storage(Protocol):
    """Stores pictures: public ones apart from those that only reviewers may see."""

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
        """Delete the picture *key*, which no artwork has. Idempotent."""
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
