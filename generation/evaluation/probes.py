"""Probes: held-out scenes to generate, each with candidates to tell it from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final, TypeVar

import numpy as np

from generation.world.captions import plain_caption
from generation.world.nouns import countable
from generation.world.repertoire import MOST, held_out
from generation.world.scene import Group, Objects, Plain, Scene
from generation.world.vocabulary import COLOURS, LANGUAGES, Language, Thing, things

CHOICES: Final = 20

Candidates = tuple[Scene, ...]
"""The scene to generate, then others that it is to be told from."""
Draw = Callable[[np.random.Generator], Candidates]
Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Probe:
    """The first of *candidates*, in *language*."""

    candidates: Candidates
    language: Language

    @property
    def scene(self) -> Scene:
        """The scene to generate."""
        return self.candidates[0]

    @property
    def prompt(self) -> str:
        """The prompt for the engine."""
        return plain_caption(self.scene, self.language)

    @property
    def sentences(self) -> list[str]:
        """Every candidate in English: one judge for both languages."""
        return [plain_caption(scene, "en") for scene in self.candidates]


def draw_probes(draw: Draw, *, count: int, seed: int) -> list[Probe]:
    """*count* held-out probes, every other one in Russian, without repetition.

    Where there are no new ones, old ones come again.
    """
    drawn = list(islice(_held_out(draw, np.random.default_rng(seed), count), count))
    return [
        Probe(candidates, LANGUAGES[index % len(LANGUAGES)])
        for index, candidates in enumerate(drawn)
    ]


def single(random: np.random.Generator) -> Candidates:
    """A thing on a colour, and nineteen others on the same."""
    ground = Plain(_of(COLOURS, random))
    return tuple(
        Scene(Objects((Group(thing),)), ground)
        for thing in _several(_known(), CHOICES, random)
    )


def pair(random: np.random.Generator) -> Candidates:
    """Two things, and the same with one of them exchanged, either half as often."""
    ground = Plain(_of(COLOURS, random))
    first, second, *rest = _several(_counted(), CHOICES + 1, random)
    kept = [(first, second)]
    for index, thing in enumerate(rest):
        kept.append((first, thing) if index % 2 else (thing, second))
    return tuple(
        Scene(Objects((Group(one), Group(other))), ground) for one, other in kept
    )


def counted(random: np.random.Generator) -> Candidates:
    """From one to three of a thing, and the same with other counts."""
    ground, thing = Plain(_of(COLOURS, random)), _of(_counted(), random)
    counts = random.permutation(MOST) + 1
    return tuple(
        Scene(Objects((Group(thing, int(count)),)), ground) for count in counts
    )


def _held_out(
    draw: Draw, random: np.random.Generator, count: int
) -> Iterator[Candidates]:
    """Held-out candidates; what came already is passed over some times in a row."""
    seen: set[Scene] = set()
    passed = 0
    while True:
        candidates = draw(random)
        if not held_out(candidates[0]):
            continue
        if candidates[0] in seen and passed < 10 * count:
            passed += 1
            continue
        seen.add(candidates[0])
        yield candidates


@cache
def _known() -> tuple[Thing, ...]:
    return things()


@cache
def _counted() -> tuple[Thing, ...]:
    return tuple(filter(countable, _known()))


def _of(choices: Sequence[Choice], random: np.random.Generator) -> Choice:
    return choices[int(random.integers(len(choices)))]


def _several(
    choices: Sequence[Choice], count: int, random: np.random.Generator
) -> list[Choice]:
    drawn = random.choice(len(choices), count, replace=False)
    return [choices[int(place)] for place in drawn]
