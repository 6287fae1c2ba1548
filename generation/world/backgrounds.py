"""Backgrounds: plain, gradient, patterned and landscape."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from generation.world.scene import (
    Background,
    Gradient,
    Land,
    Landscape,
    Motif,
    Pattern,
    Plain,
)
from generation.world.vocabulary import Colour

RGB = tuple[int, int, int]
Frame = tuple[int, int]

SHADE: Final = 6  # of 255, each way
FINER: Final = 3  # times finer than they are shown, patterns and land are drawn
LANDS: Final[Mapping[Land, tuple[RGB, RGB, RGB]]] = MappingProxyType(
    {
        Land.SEA: ((150, 210, 245), (205, 235, 250), (28, 110, 170)),
        Land.MEADOW: ((130, 200, 245), (210, 238, 252), (96, 170, 62)),
        Land.MOUNTAINS: ((160, 195, 230), (228, 236, 244), (110, 125, 120)),
        Land.DESERT: ((250, 205, 130), (252, 232, 190), (222, 170, 92)),
        Land.SNOW: ((180, 205, 228), (226, 236, 244), (246, 249, 252)),
        Land.STARS: ((10, 14, 46), (36, 44, 96), (18, 24, 40)),
    }
)
"""The sky at the top and at the horizon, and the ground."""
HORIZON: Final = (0.56, 0.68)  # of the height, from the top
SAND: Final = (236, 214, 160)
PEAK: Final = (120, 132, 150)
CAP: Final = (244, 247, 250)
STARS: Final = 40


def behind(
    background: Background, frame: Frame, random: np.random.Generator
) -> Image.Image:
    """The *background* in a *frame* of width and height, RGB."""
    match background:
        case Plain(colour):
            return Image.new("RGB", frame, shade(colour, random))
        case Gradient(top, bottom):
            return gradient(frame, shade(top, random), shade(bottom, random))
        case Pattern(motif, colour, second):
            fine = Image.new("RGB", _finer(frame), shade(colour, random))
            _cover(fine, motif, shade(second, random), random)
            return fine.resize(frame, Image.Resampling.BOX)
        case Landscape(land):
            fine = _landscape(land, _finer(frame), random)
            return fine.resize(frame, Image.Resampling.BOX)


def shade(colour: Colour, random: np.random.Generator) -> RGB:
    """*colour*, a little different every time."""
    red, green, blue = (
        min(255, max(0, value + int(step)))
        for value, step in zip(
            colour.rgb, random.integers(-SHADE, SHADE + 1, 3), strict=True
        )
    )
    return red, green, blue


def gradient(frame: Frame, top: RGB, bottom: RGB) -> Image.Image:
    """From *top* down to *bottom*."""
    width, height = frame
    way = np.linspace(0, 1, height)[:, None, None]
    rows: NDArray[np.float64] = (1 - way) * np.array(top) + way * np.array(bottom)
    return Image.fromarray(
        np.broadcast_to(rows, (height, width, 3)).round().astype(np.uint8)
    )


def _finer(frame: Frame) -> Frame:
    width, height = frame
    return FINER * width, FINER * height


def _cover(
    picture: Image.Image, motif: Motif, colour: RGB, random: np.random.Generator
) -> None:
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    step = round(min(width, height) / random.integers(5, 8))
    begin = -int(random.integers(step))
    if motif is Motif.STRIPES:
        upright = bool(random.integers(2))
        for start in range(begin, max(width, height), step):
            stop = start + step // 2
            across = (start, 0, stop, height), (0, start, width, stop)
            draw.rectangle(across[not upright], fill=colour)
        return
    for row, y in enumerate(range(begin, height, step)):
        for column, x in enumerate(range(begin, width, step)):
            if motif is Motif.DOTS:
                radius = step * 0.28
                centre = x + step / 2 + (row % 2) * step / 2, y + step / 2
                draw.circle(centre, radius, fill=colour)
            elif (row + column) % 2:
                draw.rectangle((x, y, x + step, y + step), fill=colour)


def _landscape(land: Land, frame: Frame, random: np.random.Generator) -> Image.Image:
    high, low, ground = LANDS[land]
    width, height = frame
    picture = gradient(frame, high, low)
    draw = ImageDraw.Draw(picture)
    horizon = round(height * random.uniform(*HORIZON))
    if land is Land.STARS:
        for x, y in random.uniform(0, 1, (STARS, 2)):
            radius = 1 + random.uniform(0, 1.5)
            draw.circle((x * width, y * horizon), radius, fill=(250, 246, 214))
    if land is Land.MOUNTAINS:
        _peaks(draw, width, horizon, random)
    draw.rectangle((0, horizon, width, height), fill=ground)
    if land is Land.SEA:
        beach = round(height * 0.86)
        draw.rectangle((0, beach, width, height), fill=SAND)
    if land in {Land.MEADOW, Land.DESERT, Land.SNOW}:
        _hills(draw, frame, horizon, ground, random)
    return picture


def _peaks(
    draw: ImageDraw.ImageDraw, width: int, horizon: int, random: np.random.Generator
) -> None:
    for centre in (0.15, 0.5, 0.85):
        x = width * (centre + random.uniform(-0.06, 0.06))
        top = horizon * random.uniform(0.25, 0.5)
        half = width * random.uniform(0.24, 0.32)
        draw.polygon([(x - half, horizon), (x, top), (x + half, horizon)], fill=PEAK)
        cut = 0.3
        snow = top + cut * (horizon - top)
        draw.polygon([(x - half * cut, snow), (x, top), (x + half * cut, snow)], CAP)


def _hills(
    draw: ImageDraw.ImageDraw,
    frame: Frame,
    horizon: int,
    ground: RGB,
    random: np.random.Generator,
) -> None:
    width, height = frame
    for side in (-0.1, 0.6):
        left = width * (side + random.uniform(-0.1, 0.1))
        rise = height * random.uniform(0.05, 0.1)
        box = (left, horizon - rise, left + 0.6 * width, horizon + rise)
        red, green, blue = (round(0.92 * value) for value in ground)
        draw.ellipse(box, fill=(red, green, blue))
