"""Places of the objects in a picture."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from generation.world.scene import Group, Objects, Place, Relation, Size
from generation.world.vocabulary import Thing

LONE: Final = (0.76, 0.86)
"""How much of its room an object takes, from and to, when nothing else is there."""
SMALL: Final = (0.40, 0.50)
LARGE: Final = (0.92, 1.0)
TOGETHER: Final = (0.86, 0.98)
"""The same among others, whose room is smaller already."""
SMALL_TOGETHER: Final = (0.52, 0.62)
PLACED: Final = (0.46, 0.54)
DRIFT: Final = 0.03  # of the room, each way
ELONGATED: Final = 1.4  # beyond it, a room is filled along its longer side


@dataclass(frozen=True, slots=True)
class Room:
    """A part of a picture, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def side(self) -> float:
        """The side of the largest square in it."""
        return min(self.width, self.height)

    def cut(self, parts: int, *, across: bool) -> list["Room"]:
        """As many equal rooms side by side, or on top of each other."""
        if across:
            width = self.width / parts
            return [
                Room(self.x + i * width, self.y, width, self.height)
                for i in range(parts)
            ]
        height = self.height / parts
        return [
            Room(self.x, self.y + i * height, self.width, height) for i in range(parts)
        ]


@dataclass(frozen=True, slots=True)
class Stand:
    """A *thing* as a square of *side* pixels, whose corner is at *x*, *y*."""

    thing: Thing
    x: int
    y: int
    side: int


def stands(
    subject: Objects, frame: tuple[int, int], random: np.random.Generator
) -> list[Stand]:
    """Every object of *subject* in a *frame* of width and height."""
    whole = Room(0, 0, *frame)
    if len(subject.groups) == 1:
        return _grouped(subject.groups[0], whole, random, run_alone=True)
    rooms = _rooms(subject.relation, whole, random)
    return [
        stand
        for group, room in zip(subject.groups, rooms, strict=True)
        for stand in _grouped(group, room, random, run_alone=False)
    ]


def _rooms(
    relation: Relation | None, whole: Room, random: np.random.Generator
) -> list[Room]:
    """The room of the first group and that of the second."""
    if relation is None:
        across = whole.width > ELONGATED * whole.height or (
            whole.height <= ELONGATED * whole.width and bool(random.integers(2))
        )
        turned = bool(random.integers(2))
    else:
        across = relation in {Relation.LEFT_OF, Relation.RIGHT_OF}
        turned = relation in {Relation.RIGHT_OF, Relation.BELOW}
    rooms = whole.cut(2, across=across)
    return rooms[::-1] if turned else rooms


def _grouped(
    group: Group, room: Room, random: np.random.Generator, *, run_alone: bool
) -> list[Stand]:
    if group.count == 1 and run_alone:
        return [_lone(group, room, random)]
    share = SMALL_TOGETHER if group.size is Size.SMALL else TOGETHER
    return [
        _stand(group.thing, part, random.uniform(*share), random)
        for part in _parts(room, group.count, random)
    ]


def _lone(group: Group, room: Room, random: np.random.Generator) -> Stand:
    share = {None: LONE, Size.SMALL: SMALL, Size.LARGE: LARGE}[group.size]
    if group.place is None:
        return _stand(group.thing, room, random.uniform(*share), random)
    across = group.place in {Place.LEFT, Place.RIGHT}
    halves = room.cut(2, across=across)
    half = halves[group.place in {Place.RIGHT, Place.BOTTOM}]
    part = random.uniform(*(SMALL if group.size is Size.SMALL else PLACED))
    return _stand(group.thing, half, part * room.side / half.side, random)


def _parts(room: Room, count: int, random: np.random.Generator) -> list[Room]:
    """Rooms for *count* objects: in a row where there is length, else two rows."""
    if count == 1:
        return [room]
    longer = max(room.width, room.height) / room.side
    across = room.width >= room.height
    if longer >= ELONGATED:
        return room.cut(count, across=across)
    if count == 2:  # noqa: PLR2004  # a pair stands side by side or one above the other
        return room.cut(2, across=bool(random.integers(2)))
    rows = room.cut(2, across=False)
    single, pair = rows if random.integers(2) else rows[::-1]
    return [single, *pair.cut(2, across=True)]


def _stand(
    thing: Thing, room: Room, share: float, random: np.random.Generator
) -> Stand:
    side = max(1, round(room.side * share))
    drift = random.uniform(-DRIFT, DRIFT, 2) * room.side
    x = round(room.x + (room.width - side) / 2 + drift[0])
    y = round(room.y + (room.height - side) / 2 + drift[1])
    return Stand(thing, x, y, side)
