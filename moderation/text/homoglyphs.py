"""Look-alike letters from another alphabet, replaced by the word's own.

Unicode's table of confusables maps every letter to one prototype, whatever the word; a
Russian prompt would end up in Latin letters.
"""

import re
from collections.abc import Mapping

from moderation.text.vocabulary import english, russian

_LOOKALIKES = (
    ("a", "а", "αɑ"),
    ("b", "ь", "ḅ"),
    ("c", "с", "ϲ"),
    ("d", None, "ԁ"),
    ("e", "е", "εҽ"),
    ("g", None, "ɡ"),
    ("h", "н", "һ"),
    ("i", "і", "ιı"),
    ("j", "ј", "ϳ"),
    ("k", "к", "κ"),
    ("l", None, "ӏ"),
    ("m", "м", ""),
    ("n", "п", "ոη"),
    ("o", "о", "οօ"),
    ("p", "р", "ρ"),
    ("q", None, "ԛ"),
    ("r", "г", ""),
    ("s", "ѕ", "ꜱ"),
    ("t", "т", "τ"),
    ("u", "и", "υս"),
    ("v", "ѵ", "ν"),
    ("w", "ш", "ԝω"),
    ("x", "х", "χ"),
    ("y", "у", "γү"),
    ("z", "з", ""),
    ("A", "А", "Α"),
    ("B", "В", "Β"),
    ("C", "С", "Ϲ"),
    ("E", "Е", "Ε"),
    ("H", "Н", "Η"),
    ("I", "І", "Ι"),
    ("J", "Ј", ""),
    ("K", "К", "Κ"),
    ("M", "М", "Μ"),
    ("N", "И", "Ν"),
    ("O", "О", "Ο"),
    ("P", "Р", "Ρ"),
    ("R", "Я", ""),
    ("S", "Ѕ", ""),
    ("T", "Т", "Τ"),
    ("U", None, ""),
    ("X", "Х", "Χ"),
    ("Y", "У", "Υ"),
    ("Z", None, "Ζ"),
)
_LATIN = {
    alike: latin
    for latin, cyrillic, others in _LOOKALIKES
    for alike in (cyrillic or "") + others
}
_CYRILLIC = {
    alike: cyrillic
    for latin, cyrillic, others in _LOOKALIKES
    if cyrillic
    for alike in latin + others
}
_WORD = re.compile(r"[^\W\d_]+")
_ALONE = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")
_TELLING = 3  # letters of a word that tell its language
_BORROWED = re.compile(r"[^\W\d_А-яЁё]")
_IS_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_IS_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def without_homoglyphs(text: str) -> str:
    """*text* with each word in the one alphabet that most of its letters belong to.

    A word is changed only when every foreign letter in it has a look-alike, so that
    words which join two alphabets on purpose stay as they are. A word wholly in
    look-alikes of the alphabet of most other words is changed unless it is known.
    """
    if text.isascii() or not _BORROWED.search(text):
        return text
    whole = _ALONE.sub(_as_english, _WORD.sub(_repaired, text))
    latin, cyrillic = len(_IS_LATIN.findall(whole)), len(_IS_CYRILLIC.findall(whole))
    if not latin or not cyrillic:
        return whole
    if latin <= cyrillic:
        return _ALONE.sub(_as_cyrillic, whole)
    borrowed = len(_IS_LATIN.findall(text)) < latin
    return _ALONE.sub(lambda w: _as_latin(w[0], known=not borrowed), whole)


def _as_english(word: re.Match[str]) -> str:
    """A word of Cyrillic look-alikes that is none in Russian but one in English."""
    turned = _turned(word[0], _LATIN, _IS_CYRILLIC)
    if len(turned) < _TELLING or word[0].lower() in russian().known:
        return word[0]
    return turned if turned.lower() in english().known else word[0]


def _as_latin(letters: str, *, known: bool) -> str:
    """A Cyrillic word of Latin look-alikes among Latin words.

    A *known* Russian word stays, unless other words were already in disguise.
    """
    if known and len(letters) > 1 and letters.lower() in russian().known:
        return letters
    return _turned(letters, _LATIN, _IS_CYRILLIC)


def _as_cyrillic(word: re.Match[str]) -> str:
    """A Latin word of Cyrillic look-alikes among Cyrillic words, if that is a word."""
    letters = word[0]
    if len(letters) > 1 and letters.lower() in english().known:
        return letters
    turned = _turned(letters, _CYRILLIC, _IS_LATIN)
    return turned if turned.lower() in russian().known else letters


def _turned(letters: str, alike: Mapping[str, str], foreign: re.Pattern[str]) -> str:
    if not all(foreign.match(c) for c in letters):
        return letters
    whole = "".join(alike.get(c, "\0") for c in letters)
    return letters if "\0" in whole else whole


def _repaired(word: re.Match[str]) -> str:
    letters = word[0]
    latin, cyrillic = (
        len(_IS_LATIN.findall(letters)),
        len(_IS_CYRILLIC.findall(letters)),
    )
    if len(letters) in {latin, cyrillic} or not latin + cyrillic:
        return letters
    ways = [(_CYRILLIC, _IS_CYRILLIC), (_LATIN, _IS_LATIN)]
    for alike, native in reversed(ways) if latin > cyrillic else ways:
        whole = "".join(c if native.match(c) else alike.get(c, "\0") for c in letters)
        if "\0" not in whole:
            return whole
    return letters
