"""Datasets of captioned pictures, the rendered world as one, and batches as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from generation.lru import LRUCache
from generation.training.plan import Plan
from generation.world.captions import caption, mentioned, told
from generation.world.renderer import Renderer
from generation.world.repertoire import Repertoire, held_out
from generation.world.scene import Scene, fits
from generation.world.vocabulary import LANGUAGES

CLIP_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD: Final = (0.26862954, 0.26130258, 0.27577711)


def for_autoencoder(pictures: Sequence[Image.Image]) -> Tensor:
    """*pictures* of one size as [n, 3, height, width] in -1..1."""
    return _unit(pictures) * 2 - 1


def for_clip(pictures: Sequence[Image.Image], side: int) -> Tensor:
    """The middles of *pictures* as [n, 3, side, side], CLIP's scale."""
    mean, std = torch.tensor(CLIP_MEAN), torch.tensor(CLIP_STD)
    squares = _unit([_middle(picture, side) for picture in pictures])
    return (squares - mean.view(3, 1, 1)) / std.view(3, 1, 1)


def _unit(pictures: Sequence[Image.Image]) -> Tensor:
    stacked = np.stack([np.asarray(picture) for picture in pictures])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous().float() / 255


def _middle(picture: Image.Image, side: int) -> Image.Image:
    return ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)


Indices = NDArray[np.int64]
"""Numbers of examples, [n]."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A *text* that is true of an example; only its data knows what it *content*."""

    text: str
    content: Any


class Dataset(Protocol):
    """Captioned pictures by number, always the same ones."""

    @property
    def size(self) -> int:
        """Number of examples, which count from 0."""
        ...

    def picture(self, number: int, frame: tuple[int, int]) -> Image.Image:
        """The picture of that *number* in a *frame* of width and height, RGB."""
        ...

    def caption(self, number: int, random: np.random.Generator) -> Caption:
        """A true caption, drawn by *random* where there is a choice."""
        ...

    def matches(self, caption: Caption, number: int) -> bool:
        """Whether *caption*, of another example, is true of this one as well."""
        ...

    def partial_caption(self, number: int, random: np.random.Generator) -> Caption:
        """A true caption that may leave out most of it."""
        ...

    def hard_negative(
        self, caption: Caption, number: int, random: np.random.Generator
    ) -> Caption | None:
        """A false caption close to its *caption*, if any is known."""
        ...


def captions_of(
    data: Dataset, numbers: Indices, *, drop: float, random: np.random.Generator
) -> list[str]:
    """A caption for each of *numbers*, empty where it is dropped."""
    return [
        "" if random.random() < drop else data.caption(int(number), random).text
        for number in numbers
    ]


ENDLESS: Final = 2**40


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedDataset:
    """Endless pictures of the rendered world, without the scenes held out."""

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
        """A caption of a part of the scene, drawn by *random*, in either language."""
        return _caption(told(self.scene(number), random), random)

    def matches(self, caption: Caption, number: int) -> bool:
        """Whether nothing in the scene of *number* speaks against *caption*."""
        return fits(caption.content, self.scene(number))

    def partial_caption(self, number: int, random: np.random.Generator) -> Caption:
        """A caption, or one of one thing only where there are two."""
        return _caption(mentioned(told(self.scene(number), random), random), random)

    def hard_negative(
        self, caption: Caption, number: int, random: np.random.Generator
    ) -> Caption | None:
        """A caption of other things or of another count; None for a composition."""
        tells = self.repertoire.rival(caption.content, self.scene(number), random)
        return None if tells is None else _caption(tells, random)

    def scene(self, number: int) -> Scene:
        """The scene of that *number*."""
        return self.scenes.get(number, self._drawn)

    def _drawn(self, number: int) -> Scene:
        random = np.random.default_rng([self.seed, number])
        while held_out(scene := self.repertoire.scene(random)):
            pass
        return scene


def _caption(tells: Scene, random: np.random.Generator) -> Caption:
    language = LANGUAGES[int(random.integers(len(LANGUAGES)))]
    return Caption(caption(tells, language=language, random=random), tells)


def rendered_dataset(plan: Plan) -> RenderedDataset:
    """The world that *plan* describes."""
    world = plan.world
    repertoire = Repertoire(
        subjects=world.subjects, backgrounds=world.backgrounds, styled=world.styled
    )
    return RenderedDataset(
        repertoire=repertoire, renderer=Renderer(world.font), seed=plan.seed
    )
