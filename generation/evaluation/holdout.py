"""Pictures that nothing was learnt from, with their captions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Protocol

import numpy as np
from PIL import Image

from generation.training.dataset import Data
from generation.world.captions import plain_caption
from generation.world.renderer import Renderer
from generation.world.repertoire import Repertoire, held_out
from generation.world.scene import Scene
from generation.world.vocabulary import LANGUAGES


@dataclass(frozen=True, slots=True)
class Exhibit:
    """The *prompt* of a picture, its *caption* for CLIP, and how to see it.

    Where pictures can be drawn, *twin* is another one of the same scene.
    """

    prompt: str
    caption: str
    picture: Callable[[], Image.Image]
    twin: Callable[[], Image.Image] | None = None


class Source(Protocol):
    """Where exhibits come from."""

    @property
    def name(self) -> str:
        """What it is, for the report."""
        ...

    def exhibits(self, side: int) -> Iterator[Exhibit]:
        """Exhibits of *side* by *side* pixels, the same ones every time."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """Held-out scenes of *repertoire*; every other prompt is Russian."""

    repertoire: Repertoire
    renderer: Renderer
    seed: int
    name: str

    @classmethod
    def of(cls, renderer: Renderer, *, whole: bool, seed: int) -> "World":
        """The *whole* world, or its lone things on one colour."""
        if whole:
            return cls(
                Repertoire(), renderer, seed, "held-out scenes of the rendered world"
            )
        lone = Repertoire(subjects={"one": 1}, backgrounds={"plain": 1}, styled=0)
        return cls(lone, renderer, seed, "held-out lone things on one colour")

    def exhibits(self, side: int) -> Iterator[Exhibit]:
        """Endless exhibits."""
        return (self._exhibit(number, side) for number in count())

    def _exhibit(self, number: int, side: int) -> Exhibit:
        random = np.random.default_rng([self.seed, number])
        while not held_out(scene := self.repertoire.scene(random)):
            pass
        said = {language: plain_caption(scene, language) for language in LANGUAGES}
        picture, twin = (
            partial(self._drawn, scene, side, (self.seed, number, pose))
            for pose in range(2)
        )
        prompt = said[LANGUAGES[number % len(LANGUAGES)]]
        return Exhibit(prompt, said["en"], picture, twin)

    def _drawn(self, scene: Scene, side: int, seed: tuple[int, ...]) -> Image.Image:
        random = np.random.default_rng(seed)
        return self.renderer.render(scene, frame=(side, side), random=random)


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody's own captioned pictures, in their order."""

    data: Data
    name: str

    def exhibits(self, side: int) -> Iterator[Exhibit]:
        """Each once."""
        for number in range(self.data.size):
            caption = self.data.caption(number, np.random.default_rng(number)).text
            picture = partial(self.data.picture, number, (side, side))
            yield Exhibit(caption, caption, picture)
