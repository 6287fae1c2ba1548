"""The language of a prompt, by its alphabet.

Detectors by statistics (lingua, fastText) guess at prompts of three words; a policy
only needs to know whether the classifiers were taught to read the text.
"""

import re
from typing import Final, Literal

Language = Literal["en", "ru", "other"]

_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]+")
_NOT_RUSSIAN = re.compile(r"[^\W\d_А-яЁё]")
_FOREIGN = re.compile(r"[^\W\d_A-Za-z\u00aa-\u024f\u0400-\u052f\u1e00-\u1eff]{2}")
_FEW: Final = 2
_SHARE: Final = 0.2
"""So many words with letters that Russian lacks, and such a share, are not Russian."""


def language(text: str) -> Language:
    """The language of *text*, or `other` if it is, even by a word, in another one.

    That is told by alphabet: every Latin text counts as English and every Cyrillic one
    as Russian, unless it keeps using letters that Russian lacks, such as Ukrainian і.
    The alphabet with the most letters decides, English on a tie; no letter is `other`.
    """
    if text.isascii():
        return "en" if _LATIN.search(text) else "other"
    latin, cyrillic = _count(_LATIN, text), _count(_CYRILLIC, text)
    others = _count(_LETTERS, text) - latin - cyrillic
    if (
        latin + cyrillic == 0
        or others > max(latin, cyrillic)
        or not in_known_scripts(text)
    ):
        return "other"
    if cyrillic <= latin:
        return "en"
    return "ru" if _is_russian(text) else "other"


def rules_language(text: str) -> Language:
    """The language by whose rules *text* is judged: digits and emoji need no other."""
    return language(text) if _LETTERS.search(text) else "en"


def in_known_scripts(text: str) -> bool:
    """Whether *text* has no word in an alphabet besides the Latin and the Cyrillic."""
    return _FOREIGN.search(text) is None


def _count(letters: re.Pattern[str], text: str) -> int:
    return sum(map(len, letters.findall(text)))


def _is_russian(text: str) -> bool:
    words = _CYRILLIC.findall(text)
    strange = sum(_NOT_RUSSIAN.search(word) is not None for word in words)
    return strange < max(_FEW, _SHARE * len(words))
