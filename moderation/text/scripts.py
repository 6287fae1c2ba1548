"""Words that borrow look-alike letters from another alphabet are given one back."""

import re

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
_IS_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_IS_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def repaired(text: str) -> str:
    """*text* with each word in the one alphabet that most of its letters belong to.

    A word is changed only when every foreign letter in it has a look-alike, so that
    words which join two alphabets on purpose stay as they are.
    """
    return text if text.isascii() else _WORD.sub(_repaired, text)


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
