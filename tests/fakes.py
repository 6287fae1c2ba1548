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
from generation.errors import GenerationError
from generation.regimes import Regime
from generation.request import GenerationRequest, PriorOutput, RequestStage
from moderation import Category
from moderation.errors import ClassifierUnavailable


@dataclass
class Scorer:
    """Answers the same scores for every input."""

    answer: Mapping[Category, float] = field(
        default_factory=lambda: dict.fromkeys(Category, 0.0)
    )
    version: str = "scorer@test"
    seen: list[Any] = field(default_factory=list)

    def scores(self, thing: Any, /) -> Mapping[Category, float]:
        self.seen.append(thing)
        return self.answer


@dataclass
class UnavailableClassifier:
    """A classifier whose weights went missing."""

    version: str = "blind@test"

    def scores(self, thing: Any, /) -> Mapping[Category, float]:
        raise ClassifierUnavailable("the weights went missing")


def nothing(step: int, steps: int) -> None:
    """Happens between two steps unless a test says otherwise."""


def a_prior_output(*parts: float, negative: float | None = None) -> PriorOutput:
    """Points of an image space, told apart by the number that fills them."""
    points = tuple(np.full(8, part, np.float32) for part in parts)
    away = None if negative is None else np.full(8, negative, np.float32)
    mixed = np.full(8, np.mean(parts), np.float32)
    return PriorOutput(embedding=mixed, parts=points, negative=away)


@dataclass
class PlainEngine:
    """Generates grey and counts what was asked of it; *ticks* are the prompts in each.

    At a tick every picture under way takes a step. *meanwhile* happens before it.
    """

    model: str = "plain@test"
    capacity: int = 4
    prior_output: PriorOutput = field(default_factory=lambda: a_prior_output(1.0))
    embedded: list[str] = field(default_factory=list)
    decoded: list[str] = field(default_factory=list)
    ticks: list[list[str]] = field(default_factory=list)
    meanwhile: Callable[[int, int], None] = nothing
    under_way: list[GenerationRequest] = field(default_factory=list)

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        width, height = size_of(aspect, 16)
        return Recipe(seed=seed, width=width, height=height, steps=steps or 4)

    def submit(self, regime: Regime, recipe: Recipe) -> GenerationRequest:
        assert len(self.under_way) < self.capacity
        request = GenerationRequest(regime=regime, recipe=recipe, steps=recipe.steps)
        self.embedded.append(regime.subject.prompt)
        self.under_way.append(request)
        return request

    def tick(self) -> list[GenerationRequest]:
        moved = [
            request
            for request in self.under_way
            if request.stage is not RequestStage.EMBEDDED
        ]
        assert moved, "a tick that moves nothing"
        self.ticks.append([request.regime.subject.prompt for request in moved])
        for request in moved:
            self.step(request)
        return moved

    def step(self, request: GenerationRequest) -> None:
        if request.stage is RequestStage.EMBEDDING:
            request.stage, request.prior_output = (
                RequestStage.EMBEDDED,
                self.prior_output,
            )
            return
        self.meanwhile(request.step + 1, request.steps)
        request.step += 1
        if request.step == request.steps:
            size = request.recipe.width, request.recipe.height
            request.stage, request.picture = (
                RequestStage.DONE,
                Image.new("RGB", size, "grey"),
            )
            self.cancel(request)

    def fail(self, request: GenerationRequest, problem: str) -> None:
        request.stage, request.error = RequestStage.FAILED, GenerationError(problem)
        self.cancel(request)

    def decode(self, request: GenerationRequest) -> None:
        assert request.stage is RequestStage.EMBEDDED
        self.decoded.append(request.regime.subject.prompt)
        request.stage = RequestStage.DECODING

    def cancel(self, request: GenerationRequest) -> None:
        if request in self.under_way:
            self.under_way.remove(request)


@dataclass
class CountingNotifier:
    """Counts the notifications of each queue."""

    screenings: int = 0
    paintings: int = 0

    def screening(self) -> None:
        self.screenings += 1

    def painting(self) -> None:
        self.paintings += 1


@dataclass
class MemoryStorage:
    """Keeps pictures in memory, on two sides."""

    quarantine: dict[str, bytes] = field(default_factory=dict)
    public_side: dict[str, bytes] = field(default_factory=dict)

    def keep(self, artwork_id: UUID, image: Image.Image) -> str:
        file, key = BytesIO(), f"{artwork_id.hex}-{uuid4().hex}.png"
        image.save(file, "PNG")
        self.quarantine[key] = file.getvalue()
        return key

    def release(self, key: str) -> None:
        if key in self.quarantine:
            self.public_side[key] = self.quarantine.pop(key)

    def withdraw(self, key: str) -> None:
        if key in self.public_side:
            self.quarantine[key] = self.public_side.pop(key)

    def discard(self, key: str) -> None:
        self.public_side.pop(key, None)
        self.quarantine.pop(key, None)

    def public(self, key: str) -> bytes | None:
        return self.public_side.get(key)

    def quarantined(self, key: str) -> bytes | None:
        return self.quarantine.get(key)


@dataclass
class ManualClock:
    """A clock that advances by *tick* whenever it is read, and when told."""

    time: datetime = datetime(2026, 5, 1, 12, tzinfo=UTC)
    tick: timedelta = timedelta(milliseconds=1)

    def __call__(self) -> datetime:
        self.time += self.tick
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
