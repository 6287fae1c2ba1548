"""Asks an engine for pictures and looks at them."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from PIL import Image

from generation.engine import OnStep
from generation.evaluation.background import background_of
from generation.evaluation.prompts import Question
from generation.evaluation.report import Answer
from generation.recipe import Recipe
from generation.regimes import Regime, text_to_image
from generation.work import Work


class Painter(Protocol):
    """The two stages of an engine."""

    def imagine(self, regime: Regime, recipe: Recipe) -> Work:
        """A picture that is imagined."""

    def finish(self, work: Work, on_step: OnStep) -> Image.Image:
        """The picture of it."""


class Critic(Protocol):
    """Tells which sentence fits a picture best."""

    def best(self, picture: Image.Image, sentences: list[str]) -> int:
        """A place in *sentences*."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A painter, and the critic of its pictures."""

    painter: Painter
    critic: Critic

    def answer(
        self, asked: list[Question], recipes: Iterator[Recipe]
    ) -> Iterator[tuple[Answer, Image.Image]]:
        """Paints every question by the next recipe and judges the picture."""
        for question, recipe in zip(asked, recipes, strict=False):
            start = perf_counter()
            work = self.painter.imagine(text_to_image(question.prompt), recipe)
            picture = self.painter.finish(work, _nobody_watches)
            seconds = perf_counter() - start
            yield (
                Answer(
                    question,
                    background_of(picture) == question.colour,
                    self.critic.best(picture, question.candidates) == 0,
                    seconds,
                ),
                picture,
            )


def _nobody_watches(done: int, steps: int) -> None:
    """Lets a step pass."""
