"""One engine for many pictures: they share each pass of a network, step by step.

A picture is made in two stages. Between them lies its embedding: whoever began it may
look at that before it is painted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final, Self, cast

import torch
from PIL.Image import Image
from torch import Tensor

from generation.errors import EngineFull, GenerationError, OutOfMemory
from generation.fair_scheduler import Key, Turns
from generation.latent_init import Ground
from generation.memory import out_of_memory
from generation.model_calls import Inquiry, Question
from generation.pipeline import Chain
from generation.recipe import Recipe, size_of
from generation.regimes import Regime
from generation.request import Stage, Work

CAPACITY: Final = 8

OnStep = Callable[[int, int], None]
"""Told after each step how many are done, of how many; may raise to stop."""


@dataclass(slots=True, eq=False)
class _Place:
    """A picture that takes part, and what it asks now: nothing until it is told to."""

    work: Work
    ground: Ground
    inquiry: Inquiry[Any]
    question: Question | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Paints up to *capacity* pictures at a time, for one thread.

    *chain* knows how a picture comes about, one question after the other. The engine
    collects what all of them ask and answers it together. Pictures join and leave
    between two passes, and none depends on what else is painted.
    """

    chain: Chain
    capacity: int = CAPACITY
    places: dict[Work, _Place] = field(default_factory=dict, repr=False)
    turns: Turns = field(default_factory=Turns, repr=False)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        device: str = "cpu",
        dtype: str | None = None,
        capacity: int = CAPACITY,
        translation: Path | None = None,
    ) -> Self:
        """The model in *folder*, computing in *dtype*: float32, bfloat16 or float16.

        Unless said, that is full precision on the CPU and half anywhere else. The
        Marian weights in *translation*, or those in the folder, put Russian prompts
        into English for the prior.
        """
        chain = Chain.load(folder, device=device, dtype=dtype, translation=translation)
        return cls(chain=chain, capacity=capacity)

    @property
    def model(self) -> str:
        """Name and digest of the weights, for records."""
        return self.chain.model

    @property
    def side(self) -> int:
        """The shorter side in pixels of the model's own pictures."""
        return self.defaults.width

    @property
    def defaults(self) -> Recipe:
        """The recipe of a square that the model paints well."""
        return self.chain.defaults

    @property
    def free(self) -> int:
        """How many more pictures may begin."""
        return self.capacity - len(self.places)

    @property
    def idle(self) -> bool:
        """Whether a tick would do nothing."""
        return not any(place.question for place in self.places.values())

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        """The recipe of a picture of the model's own size."""
        width, height = size_of(aspect, self.side)
        return replace(
            self.defaults,
            seed=seed,
            width=width,
            height=height,
            steps=self.defaults.steps if steps is None else steps,
        )

    @torch.inference_mode()
    def begin(self, regime: Regime, recipe: Recipe) -> Work:
        """Take a picture on; EngineFull, or whatever else speaks against it, is raised.

        One that needs no network to be imagined, is imagined when this returns.
        """
        if self.free < 1:
            raise EngineFull(
                f"all {self.capacity} places are taken: begin when a picture is done"
            )
        with out_of_memory():
            ground = self.chain.ground(regime, recipe)
            imagination = self.chain.imagination
            notes = imagination.notes(regime.subject)
            steps = self.chain.steps(ground, recipe)
            work = Work(regime=regime, recipe=recipe, steps=steps, notes=notes)
            imagining = imagination.imagine(regime.subject, recipe)
            place = _Place(work, ground, imagining)
            self._send(place, None)
        self.places[work] = place
        return work

    @torch.inference_mode()
    def paint(self, work: Work) -> None:
        """Let *work*, which is imagined, be painted from the next tick on."""
        place = self.places[work]
        if work.imagined is None or work.stage is not Stage.IMAGINED:
            raise ValueError(f"only what is imagined can be painted, not {work.stage}")
        work.stage = Stage.PAINTING
        place.inquiry = self.chain.paint(
            work.regime, work.recipe, place.ground, work.imagined
        )
        self._advance(place, None)

    def cancel(self, work: Work) -> None:
        """Leave *work* as it is and free its place. Idempotent."""
        if place := self.places.pop(work, None):
            place.inquiry.close()

    @torch.inference_mode()
    def tick(self) -> list[Work]:
        """One pass of one network; the works that took part in it.

        What is done or failed has left its place. A pass that does not fit into memory
        is tried again in halves.
        """
        if self.idle:
            return []
        asking = self._asking()
        key = self.turns.next(asking)
        places, began = asking[key], perf_counter()
        self._answer(places)
        self.turns.charge(key, perf_counter() - began, pictures=len(places))
        return [place.work for place in places]

    def imagine(self, regime: Regime, recipe: Recipe) -> Work:
        """Begin a picture and come back when it is imagined; raises what went wrong."""
        work = self.begin(regime, recipe)
        while work.stage is Stage.IMAGINING:
            self.tick()
        return _sound(work)

    def finish(self, work: Work, on_step: OnStep) -> Image:
        """The picture of an imagined *work*; raises what went wrong.

        What *on_step* raises cancels the work and reaches the caller untouched.
        """
        self.paint(work)
        try:
            told = 0
            while work.stage is Stage.PAINTING:
                self.tick()
                if work.step > told:
                    told = work.step
                    on_step(work.step, work.steps)
        except BaseException:
            self.cancel(work)
            raise
        return cast(Image, _sound(work).picture)

    def _asking(self) -> dict[Key, list[_Place]]:
        """The places that ask something, by the pass that can answer them."""
        asking: dict[Key, list[_Place]] = {}
        for place in self.places.values():
            if question := place.question:
                key = id(question.network), question.sample.shape
                asking.setdefault(key, []).append(place)
        return asking

    def _answer(self, places: Sequence[_Place]) -> None:
        questions = [place.question for place in places if place.question]
        try:
            with out_of_memory():
                answers = questions[0].network.answer(questions)
        except OutOfMemory as error:
            problem = error
        else:
            for place, rows in zip(places, answers, strict=True):
                self._advance(place, rows)
            return
        if len(places) == 1:
            self._fail(places[0], problem)
            return
        half = len(places) // 2
        self._answer(places[:half])
        self._answer(places[half:])

    def _advance(self, place: _Place, rows: Tensor | None) -> None:
        """Bring *place* to its next question; what goes wrong there is its own."""
        try:
            with out_of_memory():
                self._send(place, rows)
        except GenerationError as error:
            self._fail(place, error)

    def _send(self, place: _Place, rows: Tensor | None) -> None:
        work = place.work
        try:
            place.question = place.inquiry.send(rows)  # type: ignore[arg-type]  # None only starts it
        except StopIteration as end:
            place.question = None
            self._conclude(work, end.value)
        if work.stage in {Stage.PAINTING, Stage.DONE} and rows is not None:
            work.step += 1

    def _conclude(self, work: Work, answer: Any) -> None:
        if work.stage is Stage.IMAGINING:
            work.imagined, work.stage = answer, Stage.IMAGINED
        else:
            work.picture, work.stage = answer, Stage.DONE
            del self.places[work]

    def _fail(self, place: _Place, error: GenerationError) -> None:
        place.work.error, place.work.stage = error, Stage.FAILED
        place.question = None
        self.cancel(place.work)


def _sound(work: Work) -> Work:
    """*work*, unless it failed."""
    if work.error is not None:
        raise work.error
    return work
