"""Putting the brush down in mid-picture."""

from dataclasses import dataclass
from threading import Event

from PIL.Image import Image

from generation import Recipe
from vernissage.ports import Embedding, Engine, OnStep


class Interrupted(BaseException):
    """The process ends. No `Exception`: nothing went wrong with the artwork."""


@dataclass(frozen=True, slots=True)
class InterruptibleEngine:
    """Paints as *engine* does, and stops between two steps once *stopping* is set."""

    engine: Engine
    stopping: Event

    @property
    def model(self) -> str:
        """Name and digest of the weights, for the record."""
        return self.engine.model

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        """A recipe at the model's own size."""
        return self.engine.recipe(seed=seed, aspect=aspect, steps=steps)

    def prior(self, prompt: str, recipe: Recipe) -> Embedding:
        """The image embedding that *prompt* suggests."""
        self._check()
        return self.engine.prior(prompt, recipe)

    def decoder(
        self, prompt: str, embedding: Embedding, recipe: Recipe, on_step: OnStep
    ) -> Image:
        """The picture of *embedding*, or Interrupted."""

        def step(done: int, steps: int) -> None:
            self._check()
            on_step(done, steps)

        self._check()
        return self.engine.decoder(prompt, embedding, recipe, step)

    def _check(self) -> None:
        if self.stopping.is_set():
            raise Interrupted
