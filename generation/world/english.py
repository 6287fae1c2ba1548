"""English sentences for scenes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from generation.world.grammar import Grammar, Pick, listed
from generation.world.nouns import english_plural
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
from generation.world.vocabulary import ARTICLES

VOWELS: Final = "aeiou"
NUMERALS: Final = MappingProxyType({2: "two", 3: "three"})
SIZES: Final = MappingProxyType(
    {Size.SMALL: ("small", "little", "tiny"), Size.LARGE: ("large", "big", "huge")}
)
PLACES: Final = MappingProxyType(
    {
        Place.LEFT: ("on the left",),
        Place.RIGHT: ("on the right",),
        Place.TOP: ("at the top",),
        Place.BOTTOM: ("at the bottom",),
    }
)
RELATIONS: Final[Mapping[Relation | None, tuple[str, ...]]] = MappingProxyType(
    {
        None: ("{one} and {other}", "{one} next to {other}", "{one} with {other}"),
        Relation.LEFT_OF: ("{one} to the left of {other}", "{one} left of {other}"),
        Relation.RIGHT_OF: ("{one} to the right of {other}", "{one} right of {other}"),
        Relation.ABOVE: ("{one} above {other}", "{one} over {other}"),
        Relation.BELOW: ("{one} below {other}", "{one} under {other}"),
    }
)
PATTERNS: Final = MappingProxyType(
    {
        Motif.STRIPES: (
            "on {a_colour} background with {second} stripes",
            "on a striped {colour} and {second} background",
        ),
        Motif.DOTS: (
            "on {a_colour} background with {second} dots",
            "on {colour} with {second} polka dots",
        ),
        Motif.CHEQUERS: (
            "on a {colour} and {second} chequered background",
            "on a chequered {colour} and {second} background",
        ),
    }
)
LANDS: Final = MappingProxyType(
    {
        Land.SEA: ("by the sea", "on the beach"),
        Land.MEADOW: ("in a meadow", "in a green field"),
        Land.MOUNTAINS: ("in the mountains", "in front of mountains"),
        Land.DESERT: ("in the desert", "among sand dunes"),
        Land.SNOW: ("in the snow", "on a snowy field"),
        Land.STARS: ("under the stars", "under a starry sky"),
    }
)
STYLES: Final = MappingProxyType(
    {
        Style.FLAT: ("a flat illustration of {what}", "{what}, flat style"),
        Style.PENCIL: ("a pencil drawing of {what}", "{what}, pencil sketch"),
        Style.NIGHT: ("{what} at night", "{what}, night"),
        Style.WATERCOLOUR: ("a watercolour of {what}", "{what}, watercolour"),
    }
)
HARMONIES: Final = MappingProxyType(
    {
        Harmony.WARM: "warm colours",
        Harmony.COLD: "cold colours",
        Harmony.BRIGHT: "bright colours",
        Harmony.PASTEL: "pastel colours",
    }
)
SHAPES: Final = MappingProxyType({shape: shape.value for shape in Shape})


def _objects(subject: Objects, pick: Pick) -> str:
    """The things of *subject*, as a phrase."""
    if len(subject.groups) == 1:
        return _group(subject.groups[0], pick)
    one, other = (_group(group, pick) for group in subject.groups)
    return pick(RELATIONS[subject.relation]).format(one=one, other=other)


def without_article(name: str) -> str:
    """*name* without the article in front of it."""
    for article in ARTICLES:
        if name.startswith(article):
            return name.removeprefix(article)
    return name


def article(phrase: str) -> str:
    """*phrase* with the indefinite article."""
    return f"{'an' if phrase[0] in VOWELS else 'a'} {phrase}"


def _group(group: Group, pick: Pick) -> str:
    name = pick(group.thing.en if group.count == 1 else group.thing.en[:1])
    size = "" if group.size is None else pick(SIZES[group.size]) + " "
    bare = without_article(name)
    if group.count > 1:
        phrase = f"{NUMERALS[group.count]} {size}{english_plural(bare)}"
    elif bare == name or not size:
        phrase = f"{size}{name}"
    else:
        phrase = article(size + bare)
    return phrase if group.place is None else f"{phrase} {pick(PLACES[group.place])}"


def _composition(subject: Composition, pick: Pick) -> str:
    shapes = listed([SHAPES[shape] for shape in sorted(subject.shapes)], "and")
    form = pick(
        (
            "an abstract composition of {shapes}",
            "abstract {shapes}",
            "{shapes} in the manner of Kandinsky",
        )
    )
    phrase = form.format(shapes=shapes)
    return phrase + (
        "" if subject.harmony is None else f" in {HARMONIES[subject.harmony]}"
    )


def _settings(background: Background) -> tuple[str, ...]:
    """Sentences with room for the subject, the plain one first."""
    behind = tuple(f"{{what}} {phrase}" for phrase in _places(background))
    if not isinstance(background, Plain):
        return behind
    colour = background.colour.en
    return (
        *behind,
        f"{{what}}, {colour} background",
        f"{{what}} against {article(colour)} background",
        f"{colour} background with {{what}}",
    )


def _places(background: Background) -> tuple[str, ...]:
    match background:
        case Plain(colour):
            return (f"on {article(colour.en)} background", f"on {colour.en}")
        case Gradient(top, bottom):
            return (
                f"on a gradient from {top.en} to {bottom.en}",
                f"on a background that turns from {top.en} to {bottom.en}",
            )
        case Pattern(motif, colour, second):
            return tuple(
                form.format(
                    colour=colour.en, a_colour=article(colour.en), second=second.en
                )
                for form in PATTERNS[motif]
            )
        case Landscape(land):
            return LANDS[land]


ENGLISH: Final = Grammar(
    objects=_objects,
    composition=_composition,
    places=_places,
    settings=_settings,
    styles=STYLES,
    pictures=("{what}", "{what}", "a picture of {what}"),
)
