"""Russian sentences for scenes, every word in its case."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from generation.world.grammar import Grammar, Pick, listed
from generation.world.nouns import Case, adjective, noun
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
    Shape,
    Size,
    Style,
)
from generation.world.vocabulary import Colour

CLUSTER: Final = re.compile("[сзшжл][бвгджзклмнпрстфхцчшщ]|щ|льв")
"""Beginnings before which «с» becomes «со»: «рядом со слоном»."""

TWO: Final = MappingProxyType({"masc": "два", "femn": "две", "neut": "два"})
OBLIQUE: Final[Mapping[tuple[int, str], str]] = MappingProxyType(
    {
        (2, "gent"): "двух",
        (3, "gent"): "трёх",
        (2, "ablt"): "двумя",
        (3, "ablt"): "тремя",
    }
)
SIZES: Final = MappingProxyType(
    {
        Size.SMALL: ("маленький", "небольшой", "крошечный"),
        Size.LARGE: ("большой", "крупный", "огромный"),
    }
)
PLACES: Final = MappingProxyType(
    {
        Place.LEFT: ("слева",),
        Place.RIGHT: ("справа",),
        Place.TOP: ("вверху", "сверху"),
        Place.BOTTOM: ("внизу", "снизу"),
    }
)
RELATIONS: Final[Mapping[Relation | None, tuple[tuple[str, Case], ...]]] = (
    MappingProxyType(
        {
            None: (("и", "nomn"), ("рядом с", "ablt")),
            Relation.LEFT_OF: (("слева от", "gent"), ("левее", "gent")),
            Relation.RIGHT_OF: (("справа от", "gent"), ("правее", "gent")),
            Relation.ABOVE: (("над", "ablt"), ("выше", "gent")),
            Relation.BELOW: (("под", "ablt"), ("ниже", "gent")),
        }
    )
)
LANDS: Final = MappingProxyType(
    {
        Land.SEA: ("у моря", "на пляже"),
        Land.MEADOW: ("на лугу", "в зелёном поле"),
        Land.MOUNTAINS: ("в горах", "на фоне гор"),
        Land.DESERT: ("в пустыне", "среди барханов"),
        Land.SNOW: ("в снегу", "на заснеженном поле"),
        Land.STARS: ("под звёздами", "под звёздным небом"),
    }
)
STYLES: Final = MappingProxyType(
    {
        Style.FLAT: ("{what}, плоская иллюстрация", "плоский рисунок: {what}"),
        Style.PENCIL: ("{what}, рисунок карандашом", "карандашный рисунок: {what}"),
        Style.NIGHT: ("{what} ночью", "{what}, ночь"),
        Style.WATERCOLOUR: ("{what}, акварель", "акварель: {what}"),
    }
)
HARMONIES: Final = MappingProxyType(
    {
        Harmony.WARM: "тёплых",
        Harmony.COLD: "холодных",
        Harmony.BRIGHT: "ярких",
        Harmony.PASTEL: "пастельных",
    }
)
SHAPES: Final[Mapping[Shape, tuple[str, str]]] = MappingProxyType(
    {
        Shape.CIRCLES: ("круги", "кругов"),
        Shape.ARCS: ("дуги", "дуг"),
        Shape.TRIANGLES: ("треугольники", "треугольников"),
        Shape.LINES: ("линии", "линий"),
        Shape.GRIDS: ("решётки", "решёток"),
        Shape.CHEQUERS: ("шахматные клетки", "шахматных клеток"),
    }
)
"""Each in the nominative and in the genitive."""


def _objects(subject: Objects, pick: Pick) -> str:
    """The things of *subject*, as a phrase in the nominative."""
    if len(subject.groups) == 1:
        return _group(subject.groups[0], pick, "nomn")
    one, other = subject.groups
    ways = dict(RELATIONS[subject.relation])
    link = pick(tuple(ways))
    first, second = _group(one, pick, "nomn"), _group(other, pick, ways[link])
    if link.endswith(" с") and CLUSTER.match(second):
        link += "о"
    return f"{first} {link} {second}"


def _group(group: Group, pick: Pick, case: Case) -> str:
    name = pick(group.thing.ru if group.count == 1 else group.thing.ru[:1])
    sizes = () if group.size is None else (pick(SIZES[group.size]),)
    forms = noun(name)
    if forms is None:
        phrase = name
    elif group.count == 1:
        phrase = forms.form(case, *sizes)
    elif case == "nomn":
        numeral = TWO[forms.gender] if group.count == 2 else "три"  # noqa: PLR2004
        phrase = f"{numeral} {forms.counted(*sizes)}"
    else:
        numeral = OBLIQUE[group.count, case]
        phrase = f"{numeral} {forms.form(case, *sizes, plural=True)}"
    return phrase if group.place is None else f"{phrase} {pick(PLACES[group.place])}"


def _composition(subject: Composition, pick: Pick) -> str:
    shapes = sorted(subject.shapes)
    named, of = (listed([SHAPES[s][i] for s in shapes], "и") for i in (0, 1))
    phrase = pick(
        (
            f"абстрактная композиция из {of}",
            f"абстракция: {named}",
            f"{named} в манере Кандинского",
        )
    )
    if subject.harmony is None:
        return phrase
    return f"{phrase} в {HARMONIES[subject.harmony]} тонах"


def _settings(background: Background) -> tuple[str, ...]:
    """Sentences with room for the subject, the plain one first."""
    behind = tuple(f"{{what}} {phrase}" for phrase in _places(background))
    if not isinstance(background, Plain):
        return behind
    colour = background.colour
    return (
        *behind,
        f"{{what}}, {colour.ru} фон",
        f"{{what}} на фоне {colour.ru_of} цвета",
        f"{colour.ru} фон, {{what}}",
        f"на {colour.ru_on} фоне {{what}}",
    )


def _places(background: Background) -> tuple[str, ...]:
    match background:
        case Plain(colour):
            return (f"на {colour.ru_on} фоне", f"на {colour.ru_on}")
        case Gradient(top, bottom):
            return (
                f"на фоне, переходящем от {top.ru_of} к {_dative(bottom)}",
                f"на градиенте от {top.ru_of} к {_dative(bottom)}",
            )
        case Pattern(motif, colour, second):
            return _patterned(motif, colour, second)
        case Landscape(land):
            return LANDS[land]


def _patterned(motif: Motif, colour: Colour, second: Colour) -> tuple[str, ...]:
    stripes = adjective(second.ru, "ablt", "masc", plural=True)
    match motif:
        case Motif.STRIPES:
            other = adjective(second.ru, "nomn", "femn")
            return (
                f"на {colour.ru_on} фоне с {stripes} полосами",
                f"на {colour.ru_on} фоне в полоску, {other} полоска",
            )
        case Motif.DOTS:
            return (
                f"на {colour.ru_on} фоне с {stripes} точками",
                f"на {colour.ru_on} фоне в {second.ru} горошек",
            )
        case Motif.CHEQUERS:
            return (
                f"на фоне в {_accusative(colour)} и {_accusative(second)} клетку",
                f"на {colour.ru_on} фоне с {stripes} клетками",
            )


def _dative(colour: Colour) -> str:
    return adjective(colour.ru, "datv", "masc")


def _accusative(colour: Colour) -> str:
    return adjective(colour.ru, "accs", "femn")


RUSSIAN: Final = Grammar(
    objects=_objects,
    composition=_composition,
    places=_places,
    settings=_settings,
    styles=STYLES,
    pictures=("{what}", "{what}", "картинка: {what}"),
)
