"""Vocabulary: objects and colours, with their names in two languages."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

Language = Literal["en", "ru"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ru")

ARTICLES: Final = ("a ", "an ", "the ")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: its glyph, its names with articles, the safety *tags* it carries."""

    emoji: str
    en: tuple[str, ...]
    ru: tuple[str, ...]
    tags: frozenset[str]

    def names(self, language: Language) -> tuple[str, ...]:
        """The names in *language*, the commonest first."""
        return self.en if language == "en" else self.ru


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A background: its red, green and blue in 0..255, and its names.

    The three Russian forms fit «красный фон», «на красном фоне», «красного цвета».
    """

    rgb: tuple[int, int, int]
    en: str
    ru: str
    ru_on: str
    ru_of: str


COLOURS: Final[tuple[Colour, ...]] = (
    Colour(
        rgb=(214, 40, 40), en="red", ru="красный", ru_on="красном", ru_of="красного"
    ),
    Colour(
        rgb=(247, 127, 0),
        en="orange",
        ru="оранжевый",
        ru_on="оранжевом",
        ru_of="оранжевого",
    ),
    Colour(
        rgb=(255, 214, 10), en="yellow", ru="жёлтый", ru_on="жёлтом", ru_of="жёлтого"
    ),
    Colour(
        rgb=(46, 160, 67), en="green", ru="зелёный", ru_on="зелёном", ru_of="зелёного"
    ),
    Colour(
        rgb=(120, 200, 245),
        en="light blue",
        ru="голубой",
        ru_on="голубом",
        ru_of="голубого",
    ),
    Colour(rgb=(29, 78, 216), en="blue", ru="синий", ru_on="синем", ru_of="синего"),
    Colour(
        rgb=(126, 34, 206),
        en="purple",
        ru="фиолетовый",
        ru_on="фиолетовом",
        ru_of="фиолетового",
    ),
    Colour(
        rgb=(249, 155, 190),
        en="pink",
        ru="розовый",
        ru_on="розовом",
        ru_of="розового",
    ),
    Colour(rgb=(250, 250, 250), en="white", ru="белый", ru_on="белом", ru_of="белого"),
    Colour(rgb=(140, 140, 140), en="grey", ru="серый", ru_on="сером", ru_of="серого"),
    Colour(rgb=(20, 20, 20), en="black", ru="чёрный", ru_on="чёрном", ru_of="чёрного"),
)


def things() -> tuple[Thing, ...]:
    """All objects, in the order of the table beside this module."""
    table = files("generation.world").joinpath("objects.csv").read_text("utf-8")
    return tuple(_thing(row) for row in csv.DictReader(table.splitlines()))


def nearest_colour(rgb: Sequence[float]) -> Colour:
    """The named colour at the least squared distance from *rgb*, each in 0..255."""

    def distance(colour: Colour) -> float:
        return sum((a - b) ** 2 for a, b in zip(rgb, colour.rgb, strict=True))

    return min(COLOURS, key=distance)


def _thing(row: dict[str, str]) -> Thing:
    return Thing(
        row["emoji"],
        tuple(row["en"].split("|")),
        tuple(row["ru"].split("|")),
        frozenset(filter(None, row["tags"].split("|"))),
    )
