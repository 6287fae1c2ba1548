"""Stand-ins at our own ports that behave; no mocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from PIL import Image

from generation import Recipe, size_of
from moderation import Category
from moderation.errors import ClassifierUnavailable
from vernissage.ports import Embedding, OnStep


@dataclass
class Scorer:
    """Answers the same scores whatever it is shown."""

    answer: Mapping[Category, float] = field(
        default_factory=lambda: dict.fromkeys(Category, 0.0)
    )
    version: str = "scorer@test"
    seen: list[Any] = field(default_factory=list)

    def scores(self, thing: Any, /) -> Mapping[Category, float]:
        self.seen.append(thing)
        return self.answer


@dataclass
class Blind:
    """A classifier whose weights went missing."""

    version: str = "blind@test"

    def scores(self, thing: Any, /) -> Mapping[Category, float]:
        raise ClassifierUnavailable("the weights went missing")


def nothing(step: int, steps: int) -> None:
    """Happens between two steps unless a test says otherwise."""


@dataclass
class PlainEngine:
    """Paints grey at once and counts what was asked of it.

    *meanwhile* happens before each step is told.
    """

    model: str = "plain@test"
    imagined: list[str] = field(default_factory=list)
    decoded: list[str] = field(default_factory=list)
    meanwhile: Callable[[int, int], None] = nothing

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        width, height = size_of(aspect, 16)
        return Recipe(seed=seed, width=width, height=height, steps=steps or 4)

    def prior(self, prompt: str, recipe: Recipe) -> Embedding:
        self.imagined.append(prompt)
        return np.ones(8, np.float32)

    def decoder(
        self, prompt: str, embedding: Embedding, recipe: Recipe, on_step: OnStep
    ) -> Image.Image:
        self.decoded.append(prompt)
        for step in range(1, recipe.steps + 1):
            self.meanwhile(step, recipe.steps)
            on_step(step, recipe.steps)
        return Image.new("RGB", (recipe.width, recipe.height), "grey")


@dataclass
class CountingBell:
    """Counts how often each queue was rung."""

    screenings: int = 0
    paintings: int = 0

    def screening(self) -> None:
        self.screenings += 1

    def painting(self) -> None:
        self.paintings += 1


@dataclass
class Shelf:
    """Keeps pictures in memory, on two sides."""

    quarantine: dict[str, bytes] = field(default_factory=dict)
    wall: dict[str, bytes] = field(default_factory=dict)

    def keep(self, artwork_id: UUID, image: Image.Image) -> str:
        file, key = BytesIO(), f"{artwork_id.hex}-{uuid4().hex}.png"
        image.save(file, "PNG")
        self.quarantine[key] = file.getvalue()
        return key

    def release(self, key: str) -> None:
        if key in self.quarantine:
            self.wall[key] = self.quarantine.pop(key)

    def withdraw(self, key: str) -> None:
        if key in self.wall:
            self.quarantine[key] = self.wall.pop(key)

    def discard(self, key: str) -> None:
        self.wall.pop(key, None)
        self.quarantine.pop(key, None)

    def public(self, key: str) -> bytes | None:
        return self.wall.get(key)

    def quarantined(self, key: str) -> bytes | None:
        return self.quarantine.get(key)


@dataclass
class Watch:
    """A clock that goes on by *tick* whenever it is read, and by hand."""

    time: datetime = datetime(2026, 5, 1, 12, tzinfo=UTC)
    tick: timedelta = timedelta(milliseconds=1)

    def __call__(self) -> datetime:
        self.time += self.tick
        return self.time

    def wind(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
