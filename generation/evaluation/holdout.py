"""Held-out pictures, which no network was trained on, with their captions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Protocol

import numpy as np
from PIL import Image

from generation.training.dataset import Dataset
from generation.world.captions import plain_caption
from generation.world.renderer import Renderer
from generation.world.repertoire import Repertoire, held_out
from generation.world.scene import Scene
from generation.world.vocabulary import LANGUAGES


@dataclass(frozen=True, slots=True)
class HeldOutExample:
    """The *prompt* of a picture, its *caption* for CLIP, and the picture.

    Where pictures can be drawn, *twin* draws another one of the same scene.
    """

    prompt: str
    caption: str
    picture: Callable[[], Image.Image]
    twin: Callable[[], Image.Image] | None = None


class Holdout(Protocol):
    """A source of held-out examples."""

    @property
    def name(self) -> str:
        """Its name in the report."""
        ...

    def examples(self, side: int) -> Iterator[HeldOutExample]:
        """Examples of *side* by *side* pixels, the same ones every time."""
        ...


@dataclass(frozen=True, slots=True)
class RenderedHoldout:
    """Held-out scenes of *repertoire*; every other prompt is Russian."""

    repertoire: Repertoire
    renderer: Renderer
    seed: int
    name: str

    @classmethod
    def of(cls, renderer: Renderer, *, whole: bool, seed: int) -> "RenderedHoldout":
        """The *whole* world, or its lone things on one colour."""
        if whole:
            return cls(
                Repertoire(), renderer, seed, "held-out scenes of the rendered world"
            )
        single = Repertoire(subjects={"one": 1}, backgrounds={"plain": 1}, styled=0)
        return cls(single, renderer, seed, "held-out lone things on one colour")

    def examples(self, side: int) -> Iterator[HeldOutExample]:
        """Endless examples."""
        return (self._example(number, side) for number in count())

    def _example(self, number: int, side: int) -> HeldOutExample:
        random = np.random.default_rng([self.seed, number])
        while not held_out(scene := self.repertoire.scene(random)):
            pass
        said = {language: plain_caption(scene, language) for language in LANGUAGES}
        picture, twin = (
            partial(self._drawn, scene, side, (self.seed, number, pose))
            for pose in range(2)
        )
        prompt = said[LANGUAGES[number % len(LANGUAGES)]]
        return HeldOutExample(prompt, said["en"], picture, twin)

    def _drawn(self, scene: Scene, side: int, seed: tuple[int, ...]) -> Image.Image:
        random = np.random.default_rng(seed)
        return self.renderer.render(scene, frame=(side, side), random=random)


@dataclass(frozen=True, slots=True)
class ImageHoldout:
    """Captioned pictures of a dataset, in their order."""

    data: Dataset
    name: str

    def examples(self, side: int) -> Iterator[HeldOutExample]:
        """Each picture once."""
        for number in range(self.data.size):
            caption = self.data.caption(number, np.random.default_rng(number)).text
            picture = partial(self.data.picture, number, (side, side))
            yield HeldOutExample(caption, caption, picture)
