"""The ways people spell around a filter, for training and for measuring."""

from collections.abc import Callable, Mapping
from random import Random

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
_LEET = str.maketrans("aeiost", "4310$7")
_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN_KEYS = "йцукенгшщзхъфывапролджэячсмитьбю"
_TO_LATIN_KEYS = str.maketrans(_RUSSIAN_KEYS, _QWERTY)
_TO_CYRILLIC_KEYS = str.maketrans(_QWERTY, _RUSSIAN_KEYS)
_ALIKE = str.maketrans("aceopxyасеорху", "асеорхуaceopxy")


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


OBFUSCATIONS: Mapping[str, Callable[[str], str]] = {
    "transliterated": transliterated,
    "leet": leet,
    "keyboard layout": other_keys,
    "look-alike letters": lambda text: text.translate(_ALIKE),
    "spread": spread,
    "dotted": lambda text: " ".join(".".join(word) for word in text.split()),
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
