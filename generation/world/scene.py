"""Scene: the contents of a picture, and the part of them that a caption tells.

Both are a `Scene`: what a caption leaves out is None in it, or is missing where it is a
group of things, and so a caption is true of every picture that its scene fits.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

from generation.world.vocabulary import Colour, Thing


class Size(StrEnum):
    """The size of an object for its place, unless it is the usual one."""

    SMALL = "small"
    LARGE = "large"


class Place(StrEnum):
    """The place of a lone object, unless it is the middle."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


class Relation(StrEnum):
    """The place of the first of two groups, seen from the second."""

    LEFT_OF = "left of"
    RIGHT_OF = "right of"
    ABOVE = "above"
    BELOW = "below"


class Motif(StrEnum):
    """The pattern of a background, in its second colour."""

    STRIPES = "stripes"
    DOTS = "dots"
    CHEQUERS = "chequers"


class Land(StrEnum):
    """A simple landscape."""

    SEA = "sea"
    MEADOW = "meadow"
    MOUNTAINS = "mountains"
    DESERT = "desert"
    SNOW = "snow"
    STARS = "stars"


class Style(StrEnum):
    """The manner of a picture, if not the font's own."""

    FLAT = "flat"
    PENCIL = "pencil"
    NIGHT = "night"
    WATERCOLOUR = "watercolour"


class Shape(StrEnum):
    """A shape of an abstract composition."""

    CIRCLES = "circles"
    ARCS = "arcs"
    TRIANGLES = "triangles"
    LINES = "lines"
    GRIDS = "grids"
    CHEQUERS = "chequers"


class Harmony(StrEnum):
    """Which colours stand together in a composition."""

    WARM = "warm"
    COLD = "cold"
    BRIGHT = "bright"
    PASTEL = "pastel"


@dataclass(frozen=True, slots=True)
class Plain:
    """One colour."""

    colour: Colour


@dataclass(frozen=True, slots=True)
class Gradient:
    """From one colour at the top to another at the bottom."""

    top: Colour
    bottom: Colour


@dataclass(frozen=True, slots=True)
class Pattern:
    """A motif in a second colour on a first."""

    motif: Motif
    colour: Colour
    second: Colour


@dataclass(frozen=True, slots=True)
class Landscape:
    """Somewhere outside."""

    land: Land


Background = Plain | Gradient | Pattern | Landscape


@dataclass(frozen=True, slots=True)
class Group:
    """From one to three of a thing."""

    thing: Thing
    count: int = 1
    size: Size | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Objects:
    """One group, or two and how the first stands to the second."""

    groups: tuple[Group, ...]
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """Shapes on a ground, in Kandinsky's manner; the order of shapes says nothing."""

    shapes: frozenset[Shape]
    harmony: Harmony | None


@dataclass(frozen=True, slots=True)
class Scene:
    """A subject before a background, in a style."""

    subject: Objects | Composition
    background: Background | None = None
    style: Style | None = None


def fits(told: Scene, shown: Scene) -> bool:
    """Whether a caption that tells *told* is true of a picture that shows *shown*."""
    return _agrees(told.background, shown.background) and (
        _agrees(told.style, shown.style) and _subject_fits(told.subject, shown.subject)
    )


def _subject_fits(told: Objects | Composition, shown: Objects | Composition) -> bool:
    if isinstance(told, Composition) or isinstance(shown, Composition):
        return (
            isinstance(told, Composition)
            and isinstance(shown, Composition)
            and told.shapes == shown.shapes
            and _agrees(told.harmony, shown.harmony)
        )
    if len(told.groups) < len(shown.groups):
        return any(_groups_fit(told.groups, (group,)) for group in shown.groups)
    if told.relation is None and len(told.groups) > 1:
        return _groups_fit(told.groups, shown.groups) or _groups_fit(
            told.groups[::-1], shown.groups
        )
    return _agrees(told.relation, shown.relation) and _groups_fit(
        told.groups, shown.groups
    )


def _groups_fit(told: tuple[Group, ...], shown: tuple[Group, ...]) -> bool:
    return len(told) == len(shown) and all(
        all(
            _agrees(getattr(one, field.name), getattr(other, field.name))
            for field in fields(Group)
        )
        for one, other in zip(told, shown, strict=True)
    )


def _agrees(told: object, shown: object) -> bool:
    return told is None or told == shown
