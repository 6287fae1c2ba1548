"""The ways people spell around a filter, for training and for measuring."""

import re
from collections.abc import Callable, Mapping
from random import Random

from moderation.text.canonical import canonical
from moderation.text.deobfuscation import deobfuscated

_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        (
            *("a", "b", "v", "g", "d", "e", "yo", "zh", "z", "i", "y"),
            *("k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f"),
            *("kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya"),
        ),
        strict=True,
    )
)
_TRANSLITERATED = str.maketrans(_LATIN)
_LEET = str.maketrans("aeiostаеиозчб", "4310$74310346")
_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN_KEYS = "йцукенгшщзхъфывапролджэячсмитьбю"
_TO_LATIN_KEYS = str.maketrans(_RUSSIAN_KEYS, _QWERTY)
_TO_CYRILLIC_KEYS = str.maketrans(_QWERTY, _RUSSIAN_KEYS)
_ALIKE = str.maketrans("aceopxyасеорху", "асеорхуaceopxy")
_CYRILLIC = str.maketrans(
    dict(
        zip(
            "abcdefghijklmnopqrstuvwxyz",
            re.split(" ", "а б к д е ф г х и ж к л м н о п к р с т у в в кс и з"),
            strict=True,
        )
    )
)


def transliterated(text: str) -> str:
    """Russian in Latin letters; English stays as it is."""
    return text.lower().translate(_TRANSLITERATED)


def leet(text: str) -> str:
    """Letters as the digits that resemble them."""
    return text.lower().translate(_LEET)


def other_keys(text: str) -> str:
    """*text* typed with the other keyboard layout switched on."""
    keys = _TO_CYRILLIC_KEYS if text.isascii() else _TO_LATIN_KEYS
    return text.lower().translate(keys)


def cyrillic(text: str) -> str:
    """English in Cyrillic letters; Russian stays as it is."""
    return text.lower().translate(_CYRILLIC)


def misspelt(text: str, random: Random) -> str:
    """*text* with two neighbouring letters swapped in a word or a letter left out."""
    words = text.split(" ")
    place = random.randrange(len(words))
    word = words[place]
    if len(word) > 4:  # noqa: PLR2004  # a shorter word would become another
        at = random.randrange(1, len(word) - 2)
        swap = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        words[place] = random.choice((swap, word[:at] + word[at + 1 :]))
    return " ".join(words)


def spread(text: str) -> str:
    """Every letter apart, words apart by two spaces."""
    return "  ".join(" ".join(word) for word in text.split())


def run_together(text: str) -> str:
    """Every letter apart, words no further: where one ends, only a reader knows."""
    return " ".join(text.replace(" ", ""))


def deciphered(text: str, random: Random) -> str:
    """*text* in a disguise and read out of it again, as well as that can be done."""
    disguise = random.choice(_TO_DECIPHER)
    return deobfuscated(canonical(disguise(text)).text)[-1]


def _swollen(text: str, random: Random) -> str:
    return "".join(c * random.choice((1, 1, 2, 3)) if c.isalpha() else c for c in text)


OBFUSCATIONS: Mapping[str, Callable[[str], str]] = {
    "transliterated": transliterated,
    "leet": leet,
    "keyboard layout": other_keys,
    "look-alike letters": lambda text: text.translate(_ALIKE),
    "spread": spread,
    "dotted": lambda text: " ".join(".".join(word) for word in text.split()),
    "run together": run_together,
    "cyrillic": cyrillic,
    "doubled": lambda text: "".join(c * 2 if c.isalpha() else c for c in text),
    "swollen": lambda text: _swollen(text, Random(1)),  # noqa: S311
    "soft hyphens": "\u00ad".join,
    "invisible characters": "\u200b".join,
    "struck through": lambda text: "".join(c + "\u0336" for c in text),
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "mojibake": lambda text: text.encode().decode("latin-1"),
    "full width": lambda text: "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text
    ),
    "drawn out": lambda text: "".join(
        c * 4 if c.lower() in "aeuаеы" else c for c in text
    ),
}
_TO_DECIPHER = tuple(
    OBFUSCATIONS[name]
    for name in (
        "transliterated",
        "transliterated",
        "leet",
        "cyrillic",
        "run together",
        "spread",
        "dotted",
        "doubled",
        "swollen",
    )
)
