"""Which scenes the world shows, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeVar
from zlib import crc32

import numpy as np

from generation.errors import PlanError
from generation.world.captions import plain_caption
from generation.world.nouns import countable
from generation.world.scene import (
    Background,
    Composition,
    Gradient,
    Group,
    Harmony,
    Land,
    Landscape,
    Motif,
    Objects,
    Pattern,
    Place,
    Plain,
    Relation,
    Scene,
    Shape,
    Size,
    Style,
)
from generation.world.vocabulary import COLOURS, Thing, things

Choice = TypeVar("Choice")

SUBJECTS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "one": 0.44,
        "posed": 0.14,
        "several": 0.14,
        "two": 0.20,
        "composition": 0.08,
    }
)
"""Of the subjects: one thing as usual, one of a size or place, two or three of one,
two things, an abstract composition."""
BACKGROUNDS: Final[Mapping[str, float]] = MappingProxyType(
    {"plain": 0.70, "gradient": 0.10, "pattern": 0.10, "landscape": 0.10}
)
STYLED: Final = 0.12  # of the pictures of things
MOST: Final = 3
HELD_OUT: Final = 10  # one scene in so many is never learnt from


@dataclass(frozen=True, slots=True, kw_only=True)
class Repertoire:
    """Draws scenes of *known* things; only *several* of them can be counted.

    *subjects* and *backgrounds* say how often there is which kind, relative to each
    other, *styled* which share of the pictures of things is in a style.
    """

    known: Sequence[Thing] = field(default_factory=things)
    subjects: Mapping[str, float] = field(default_factory=lambda: SUBJECTS)
    backgrounds: Mapping[str, float] = field(default_factory=lambda: BACKGROUNDS)
    styled: float = STYLED
    several: Sequence[Thing] = field(init=False)
    _countable: frozenset[Thing] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for drawn, kinds in (
            (self.subjects, SUBJECTS),
            (self.backgrounds, BACKGROUNDS),
        ):
            if unknown := set(drawn) - set(kinds):
                raise PlanError(
                    f"scenes have the kinds {', '.join(kinds)}, got"
                    f" {', '.join(sorted(unknown))}"
                )
        several = [thing for thing in self.known if countable(thing)]
        object.__setattr__(self, "several", several)
        object.__setattr__(self, "_countable", frozenset(several))

    def scene(self, random: np.random.Generator) -> Scene:
        """A scene, as often as the shares say."""
        subject = self._subject(random)
        if isinstance(subject, Composition):
            return Scene(subject, Plain(_of(COLOURS, random)))
        style = _of(tuple(Style), random) if random.random() < self.styled else None
        return Scene(subject, self._background(random), style)

    def rival(
        self, told: Scene, shown: Scene, random: np.random.Generator
    ) -> Scene | None:
        """A scene like *told* but for a thing or a count that *shown* does not have.

        None of a composition.
        """
        if isinstance(told.subject, Composition):
            return None
        there = {group.thing for group in _groups(shown)}
        groups = list(told.subject.groups)
        place = int(random.integers(len(groups)))
        group = groups[place]
        if group.thing not in self._countable or random.integers(2):
            while (thing := _of(self.several, random)) in there:
                pass
            groups[place] = replace(group, thing=thing)
        else:
            more = int(random.integers(1, MOST))
            groups[place] = replace(group, count=(group.count - 1 + more) % MOST + 1)
        return replace(told, subject=replace(told.subject, groups=tuple(groups)))

    def _subject(self, random: np.random.Generator) -> Objects | Composition:
        kind = _among(self.subjects, random)
        if kind == "composition":
            return _composition(random)
        if kind == "two":
            return self._two(random)
        if kind == "several":
            count = int(random.integers(2, MOST + 1))
            return Objects((Group(_of(self.several, random), count),))
        thing = _of(self.known, random)
        if kind == "one" or thing not in self.several:
            return Objects((Group(thing),))
        return Objects((_posed(thing, random),))

    def _two(self, random: np.random.Generator) -> Objects:
        one, other = random.choice(len(self.several), 2, replace=False)
        counts = (1, 1) if random.integers(2) else random.permutation((1, 2))
        relation = None if random.integers(2) else _of(tuple(Relation), random)
        first, second = (
            Group(self.several[int(thing)], int(count))
            for thing, count in zip((one, other), counts, strict=True)
        )
        return Objects((first, second), relation)

    def _background(self, random: np.random.Generator) -> Background:
        kind = _among(self.backgrounds, random)
        if kind == "landscape":
            return Landscape(_of(tuple(Land), random))
        if kind == "plain":
            return Plain(_of(COLOURS, random))
        first, second = random.choice(len(COLOURS), 2, replace=False)
        colours = COLOURS[int(first)], COLOURS[int(second)]
        if kind == "gradient":
            return Gradient(*colours)
        return Pattern(_of(tuple(Motif), random), *colours)


def held_out(scene: Scene) -> bool:
    """Whether *scene* is one of those that only measurements show.

    It depends on what is to be seen: the same things in another relation, on another
    background or in another style may well be learnt from.
    """
    return crc32(plain_caption(scene, "en").encode()) % HELD_OUT == 0


def _groups(scene: Scene) -> tuple[Group, ...]:
    return scene.subject.groups if isinstance(scene.subject, Objects) else ()


def _posed(thing: Thing, random: np.random.Generator) -> Group:
    which = random.integers(3)
    size = _of(tuple(Size), random) if which != 0 else None
    place = _of(tuple(Place), random) if which != 1 else None
    # what is large fills the picture: it has no place in it
    if place is not None and size is Size.LARGE:
        size = Size.SMALL
    return Group(thing, 1, size, place)


def _composition(random: np.random.Generator) -> Composition:
    count = int(random.integers(2, MOST + 1))
    shapes = random.choice(len(Shape), count, replace=False)
    drawn = frozenset(tuple(Shape)[int(shape)] for shape in shapes)
    return Composition(drawn, _of(tuple(Harmony), random))


def _of(choices: Sequence[Choice], random: np.random.Generator) -> Choice:
    return choices[int(random.integers(len(choices)))]


def _among(shares: Mapping[str, float], random: np.random.Generator) -> str:
    point = random.random() * sum(shares.values())
    for name, share in shares.items():
        if (point := point - share) < 0:
            return name
    return next(iter(shares))
