"""The rendered world as data: every number is a scene, and a pose of it."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image

from generation.lru import LRUCache
from generation.training.dataset import Caption
from generation.training.plan import Plan
from generation.world.captions import caption, mentioned, told
from generation.world.renderer import Renderer
from generation.world.repertoire import Repertoire, held_out
from generation.world.scene import Scene, fits
from generation.world.vocabulary import LANGUAGES

ENDLESS: Final = 2**40


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """As many pictures as one likes; none shows what is held out for measuring."""

    repertoire: Repertoire
    renderer: Renderer
    seed: int
    size: int = ENDLESS
    scenes: LRUCache[int, Scene] = field(
        default_factory=lambda: LRUCache(maxsize=4096), repr=False
    )

    def picture(self, number: int, frame: tuple[int, int]) -> Image.Image:
        """The scene of that *number*, in the pose that belongs to it and to *frame*."""
        random = np.random.default_rng([self.seed, number, *frame])
        return self.renderer.render(self.scene(number), frame=frame, random=random)

    def caption(self, number: int, random: np.random.Generator) -> Caption:
        """As much of the scene as *random* tells, in either language."""
        return _caption(told(self.scene(number), random), random)

    def fits(self, caption: Caption, number: int) -> bool:
        """Whether nothing in the scene of *number* speaks against *caption*."""
        return fits(caption.tells, self.scene(number))

    def mention(self, number: int, random: np.random.Generator) -> Caption:
        """A caption, or one of one thing only where there are two."""
        return _caption(mentioned(told(self.scene(number), random), random), random)

    def rival(
        self, caption: Caption, number: int, random: np.random.Generator
    ) -> Caption | None:
        """The same of other things or of another count; None for a composition."""
        tells = self.repertoire.rival(caption.tells, self.scene(number), random)
        return None if tells is None else _caption(tells, random)

    def scene(self, number: int) -> Scene:
        """What the picture of that *number* shows."""
        return self.scenes.get(number, self._drawn)

    def _drawn(self, number: int) -> Scene:
        random = np.random.default_rng([self.seed, number])
        while held_out(scene := self.repertoire.scene(random)):
            pass
        return scene


def _caption(tells: Scene, random: np.random.Generator) -> Caption:
    language = LANGUAGES[int(random.integers(len(LANGUAGES)))]
    return Caption(caption(tells, language=language, random=random), tells)


def rendered(plan: Plan) -> Rendered:
    """The world that *plan* describes."""
    world = plan.world
    repertoire = Repertoire(
        subjects=world.subjects, backgrounds=world.backgrounds, styled=world.styled
    )
    return Rendered(
        repertoire=repertoire, renderer=Renderer(world.font), seed=plan.seed
    )
