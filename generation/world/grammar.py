"""The grammar of captions in any language; each language has its own words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from generation.world.scene import Background, Composition, Objects, Scene, Style


class Pick(Protocol):
    """Chooses one of several ways to say the same."""

    def __call__(self, ways: Sequence[str], /) -> str:
        """One of *ways*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """The phrases of one language.

    *objects* and *composition* say a subject, *places* where a background is, behind
    another phrase, and *settings* are sentences about it with room for the subject
    (`{what}`), as those of *styles* and *pictures* have; the plainest come first.
    """

    objects: Callable[[Objects, Pick], str]
    composition: Callable[[Composition, Pick], str]
    places: Callable[[Background], Sequence[str]]
    settings: Callable[[Background], Sequence[str]]
    styles: Mapping[Style, Sequence[str]]
    pictures: Sequence[str]

    def sentence(self, scene: Scene, pick: Pick) -> str:
        """One way to say *scene*."""
        if isinstance(scene.subject, Composition):
            what = self.composition(scene.subject, pick)
        else:
            what = self.objects(scene.subject, pick)
        if scene.background is not None:
            what = pick(self.settings(scene.background)).format(what=what)
        ways = self.pictures if scene.style is None else self.styles[scene.style]
        return pick(ways).format(what=what)


def plainest(ways: Sequence[str]) -> str:
    """The first of *ways*."""
    return ways[0]


def drawn(random: np.random.Generator) -> Pick:
    """A value drawn by *random*."""
    return lambda ways: ways[int(random.integers(len(ways)))]


def listed(words: Sequence[str], conjunction: str) -> str:
    """*words* as a list: «circles, arcs and lines»."""
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last
