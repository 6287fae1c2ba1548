"""Abstract pictures in the manner of Kandinsky's years at the Bauhaus."""

from collections.abc import Callable, Mapping
from math import cos, pi, sin
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from generation.world.scene import Composition, Harmony, Shape

RGB = tuple[int, int, int]

FINER: Final = 3
INK: Final = (24, 22, 28)
HARMONIES: Final[Mapping[Harmony, tuple[RGB, ...]]] = MappingProxyType(
    {
        Harmony.WARM: (
            (200, 42, 36),
            (236, 118, 32),
            (250, 186, 54),
            (148, 40, 62),
            (240, 150, 120),
        ),
        Harmony.COLD: (
            (28, 70, 160),
            (44, 142, 190),
            (38, 150, 130),
            (96, 82, 168),
            (150, 200, 226),
        ),
        Harmony.BRIGHT: (
            (226, 34, 40),
            (252, 208, 20),
            (24, 92, 200),
            (20, 160, 90),
            (236, 84, 160),
        ),
        Harmony.PASTEL: (
            (244, 190, 196),
            (190, 214, 240),
            (250, 226, 176),
            (196, 226, 196),
            (216, 200, 236),
        ),
    }
)


def compose(
    picture: Image.Image, composition: Composition, random: np.random.Generator
) -> Image.Image:
    """*picture* with the shapes of *composition* on it."""
    width, height = picture.size
    fine = picture.resize((FINER * width, FINER * height), Image.Resampling.NEAREST)
    harmony = composition.harmony or Harmony.BRIGHT
    draw = ImageDraw.Draw(fine)
    for shape in sorted(composition.shapes, key=_LAYERS.index):
        for _ in range(int(random.integers(*_COUNTS[shape]))):
            palette = HARMONIES[harmony]
            colour = palette[int(random.integers(len(palette)))]
            _DRAWN[shape](draw, fine.size, colour, random)
    return fine.resize((width, height), Image.Resampling.BOX)


def _circle(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    colour: RGB,
    random: np.random.Generator,
) -> None:
    centre, radius = _spot(size, random), min(size) * _scale(random, 0.05, 0.26)
    draw.circle(centre, radius, fill=colour, outline=INK, width=2)
    if random.integers(2):
        draw.circle(centre, radius * random.uniform(0.3, 0.6), fill=INK)


def _arc(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    colour: RGB,
    random: np.random.Generator,
) -> None:
    (x, y), radius = _spot(size, random), min(size) * _scale(random, 0.1, 0.42)
    start, turn = random.uniform(0, 360), random.uniform(90, 200)
    thick = max(3, round(min(size) * random.uniform(0.015, 0.045)))
    box = (x - radius, y - radius, x + radius, y + radius)
    draw.arc(box, start, start + turn, fill=colour, width=thick)


def _triangle(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    colour: RGB,
    random: np.random.Generator,
) -> None:
    (x, y), radius = _spot(size, random), min(size) * _scale(random, 0.08, 0.36)
    turned = random.uniform(0, 2 * pi)
    stretch = random.uniform(0.6, 1.4)
    corners = [
        (
            x + radius * cos(turned + angle),
            y + radius * (stretch if i == 0 else 1) * sin(turned + angle),
        )
        for i, angle in enumerate((0, 2 * pi / 3, 4 * pi / 3))
    ]
    draw.polygon(corners, fill=colour, outline=INK, width=2)


def _line(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    colour: RGB,
    random: np.random.Generator,
) -> None:
    x, y = _spot(size, random)
    angle, half = random.uniform(0, pi), max(size) * random.uniform(0.2, 0.6)
    thick = max(2, round(min(size) * random.uniform(0.008, 0.03)))
    ends = [
        (x - half * cos(angle), y - half * sin(angle)),
        (x + half * cos(angle), y + half * sin(angle)),
    ]
    draw.line(ends, fill=colour if random.integers(2) else INK, width=thick)


def _grid(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    colour: RGB,
    random: np.random.Generator,
) -> None:
    (x, y), side = _spot(size, random), min(size) * random.uniform(0.2, 0.34)
    cells = int(random.integers(3, 6))
    left, top = x - side / 2, y - side / 2
    thick = max(2, round(min(size) * 0.01))
    for place in (i * side / cells for i in range(cells + 1)):
        draw.line([(left + place, top), (left + place, top + side)], colour, thick)
        draw.line([(left, top + place), (left + side, top + place)], colour, thick)


def _chequers(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    colour: RGB,
    random: np.random.Generator,
) -> None:
    (x, y), side = _spot(size, random), min(size) * random.uniform(0.2, 0.36)
    cells = int(random.integers(3, 5))
    step = side / cells
    for row in range(cells):
        for column in range(cells):
            corner = x - side / 2 + column * step, y - side / 2 + row * step
            fill = colour if (row + column) % 2 else INK
            draw.rectangle((*corner, corner[0] + step, corner[1] + step), fill=fill)


def _scale(random: np.random.Generator, least: float, most: float) -> float:
    """Few large ones, many small ones."""
    return float(least + (most - least) * random.uniform() ** 2)


def _spot(size: tuple[int, int], random: np.random.Generator) -> tuple[float, float]:
    x, y = random.uniform(0.1, 0.9, 2)
    return float(x) * size[0], float(y) * size[1]


Drawn = Callable[[ImageDraw.ImageDraw, tuple[int, int], RGB, np.random.Generator], None]
_DRAWN: Final[Mapping[Shape, Drawn]] = MappingProxyType(
    {
        Shape.CHEQUERS: _chequers,
        Shape.GRIDS: _grid,
        Shape.CIRCLES: _circle,
        Shape.TRIANGLES: _triangle,
        Shape.ARCS: _arc,
        Shape.LINES: _line,
    }
)
_LAYERS: Final = tuple(_DRAWN)
"""From what lies lowest to what lies on top."""
_COUNTS: Final[Mapping[Shape, tuple[int, int]]] = MappingProxyType(
    {
        Shape.CHEQUERS: (2, 4),
        Shape.GRIDS: (2, 4),
        Shape.CIRCLES: (5, 9),
        Shape.TRIANGLES: (4, 7),
        Shape.ARCS: (5, 9),
        Shape.LINES: (6, 11),
    }
)
"""How many there are of each, from and below."""
