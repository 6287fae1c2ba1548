"""The questions of the measurement: an object on a colour, half of them in Russian."""

from dataclasses import dataclass

import numpy as np

from generation.world.captions import plain_caption
from generation.world.scene import Group, Objects, Plain, Scene
from generation.world.vocabulary import COLOURS, LANGUAGES, Colour, Language, Thing

RIVALS = 9


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt in *language* for *thing* on *colour*, and nine other things."""

    thing: Thing
    colour: Colour
    language: Language
    rivals: tuple[Thing, ...]

    @property
    def prompt(self) -> str:
        """What the engine is asked."""
        return plain_caption(_shown(self.thing, self.colour), self.language)

    @property
    def candidates(self) -> list[str]:
        """The prompt, then the same sentence about each rival."""
        return [
            plain_caption(_shown(thing, self.colour), self.language)
            for thing in (self.thing, *self.rivals)
        ]


def _shown(thing: Thing, colour: Colour) -> Scene:
    return Scene(Objects((Group(thing),)), Plain(colour))


def questions(known: tuple[Thing, ...], *, count: int, seed: int) -> list[Question]:
    """*count* questions; no thing comes twice before every thing has come once."""
    random = np.random.default_rng(seed)
    order = [
        int(i) for _ in range(-(-count // len(known))) for i in _shuffled(known, random)
    ]
    drawn = []
    for index, chosen in enumerate(order[:count]):
        others = [i for i in _shuffled(known, random) if i != chosen]
        drawn.append(
            Question(
                known[chosen],
                COLOURS[random.integers(len(COLOURS))],
                LANGUAGES[index % len(LANGUAGES)],
                tuple(known[i] for i in others[:RIVALS]),
            )
        )
    return drawn


def _shuffled(known: tuple[Thing, ...], random: np.random.Generator) -> list[int]:
    return [int(i) for i in random.permutation(len(known))]
