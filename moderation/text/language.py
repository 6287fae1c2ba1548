"""The language a prompt is written in, by its letters."""

import re
from typing import Literal

Language = Literal["en", "ru", "other"]

_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_FOREIGN = re.compile(r"[^\W\d_A-Za-z\u00aa-\u024f\u0400-\u052f\u1e00-\u1eff]{2}")


def language(text: str) -> Language:
    """The language whose alphabet has the most letters of *text*, English on a tie.

    Every Latin text counts as English and every Cyrillic text as Russian.
    """
    latin, cyrillic = len(_LATIN.findall(text)), len(_CYRILLIC.findall(text))
    others = len(_LETTER.findall(text)) - latin - cyrillic
    if latin + cyrillic == 0 or others > max(latin, cyrillic):
        return "other"
    return "ru" if cyrillic > latin else "en"


def legible(text: str) -> bool:
    """Whether *text* has no word in an alphabet besides the Latin and the Cyrillic."""
    return _FOREIGN.search(text) is None
