"""Captions: one picture said in many ways, in English and in Russian."""

from typing import Final

import numpy as np

from generation.world.vocabulary import ARTICLES, Colour, Language, Thing

VOWELS: Final = "aeiou"
CAPITAL_SHARE: Final = 0.25  # of the captions begin with a capital

# {a} is the name with its article, {name} without; {shade} is the English colour with
# its article, {colour} without; {ru}, {on} and {of} are the Russian colour in «красный
# фон», «на красном фоне», «красного цвета». The first form is the plain one.
COLOURED: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        "{a} on {shade} background",
        "{a} on {shade} background",
        "{name} on {colour}",
        "{name} on {colour} background",
        "{a}, {colour} background",
        "{a} against {shade} background",
        "{shade} background with {a}",
        "a picture of {a} on {shade} background",
    ),
    "ru": (
        "{a} на {on} фоне",
        "{a} на {on} фоне",
        "{a}, {ru} фон",
        "{a} на {on}",
        "{a} на фоне {of} цвета",
        "{ru} фон, {a}",
        "картинка: {a} на {on} фоне",
        "на {on} фоне {a}",
    ),
}
BARE: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("{a}", "{name}", "a picture of {a}", "draw {a}"),
    "ru": ("{a}", "{a}", "картинка: {a}", "рисунок, {a}"),
}


def plain_caption(thing: Thing, colour: Colour, language: Language) -> str:
    """The most ordinary sentence for *thing* on *colour*, by its first name."""
    return _said(COLOURED[language][0], thing.names(language)[0], colour)


def caption(
    thing: Thing,
    colour: Colour | None,
    *,
    language: Language,
    random: np.random.Generator,
) -> str:
    """One way to say *thing*, on *colour* where one is given, drawn by *random*."""
    forms = BARE[language] if colour is None else COLOURED[language]
    name = str(random.choice(thing.names(language)))
    sentence = _said(str(random.choice(forms)), name, colour)
    return sentence.capitalize() if random.random() < CAPITAL_SHARE else sentence


def without_article(name: str) -> str:
    """*name* without the English article in front of it."""
    for article in ARTICLES:
        if name.startswith(article):
            return name.removeprefix(article)
    return name


def _said(form: str, name: str, colour: Colour | None) -> str:
    names = {"a": name, "name": without_article(name)}
    if colour is None:
        return form.format(**names)
    article = "an" if colour.en[0] in VOWELS else "a"
    return form.format(
        **names,
        colour=colour.en,
        shade=f"{article} {colour.en}",
        ru=colour.ru,
        on=colour.ru_on,
        of=colour.ru_of,
    )
