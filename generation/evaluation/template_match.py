"""A judge that knows no network: which scene, as the font draws it, is most alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.world.renderer import Renderer
from generation.world.scene import Objects, Scene

SIDE: Final = 64  # pictures are compared at this size
POSES: Final = 8
POSES_TOGETHER: Final = 24  # several objects stand in several arrangements
EDGES: Final = 2.0  # how much an edge counts beside a colour

Description = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Compares colours and edges with fresh drawings by *renderer*."""

    renderer: Renderer

    def best(self, picture: Image.Image, scenes: Sequence[Scene], seed: int = 0) -> int:
        """The place in *scenes* of the one with the nearest drawing.

        Of each it sees as many as `POSES`, or `POSES_TOGETHER`, posed by *seed*.
        """
        random = np.random.default_rng(seed)
        shown = _description(picture)
        apart = [
            min(
                float(np.square(self._drawn(scene, random) - shown).sum())
                for _ in range(_poses(scene))
            )
            for scene in scenes
        ]
        return int(np.argmin(apart))

    def _drawn(self, scene: Scene, random: np.random.Generator) -> Description:
        return _description(
            self.renderer.render(scene, frame=(SIDE, SIDE), random=random)
        )


def _poses(scene: Scene) -> int:
    subject = scene.subject
    run_alone = isinstance(subject, Objects) and [g.count for g in subject.groups] == [
        1
    ]
    return POSES if run_alone else POSES_TOGETHER


def _description(picture: Image.Image) -> Description:
    """Colours beside those of the border, and edges, both too coarse for a shift."""
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float64) / 255
    inside = np.zeros((SIDE, SIDE), dtype=bool)
    inside[4:-4, 4:-4] = True
    colours = pixels - np.median(pixels[~inside], axis=0)
    across = np.abs(np.diff(pixels, axis=1))[:-1].sum(axis=2)
    down = np.abs(np.diff(pixels, axis=0))[:, :-1].sum(axis=2)
    edges = np.pad(across + down, ((0, 1), (0, 1)))
    return np.concatenate(
        [_coarse(colours, 2).ravel(), EDGES * _coarse(edges[..., None], 4).ravel()]
    )


def _coarse(values: Description, cell: int) -> Description:
    """The mean of every *cell* by *cell* values [height, width, channels]."""
    height, width, channels = values.shape
    cells = values.reshape(height // cell, cell, width // cell, cell, channels)
    coarse: Description = cells.mean(axis=(1, 3))
    return coarse
