"""Known words of English and Russian, and keys for their other spellings."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Self

_RUN = re.compile(r"(.)\1+")
_SHORTEST, _LONGEST = 3, 18  # letters of a word that another is cut into
_UNKNOWN, _PER_LETTER = 2.0, 0.4  # costs of letters that are no known word
_LONG = 14  # letters that may hide an unknown word among known ones
_COVERED = 0.7  # of the letters must be known words, lest a name is cut up
_SHAPES = str.maketrans(
    "oо0@aач4eез3iиlл!|1sс$5gбb68в9дtт7+z2",
    "0004444433331111111555566666666777722",
)
_SOUNDS = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            re.split(
                " ", "a b v g d e e j z i i k l m n o p r s t u f h c q w w  i  e u a"
            ),
            strict=True,
        )
    )
)
_SPELLINGS = (
    (re.compile(r"shch|sch|shh|sh"), "w"),
    (re.compile(r"zh"), "J"),
    (re.compile(r"kh|x"), "h"),
    (re.compile(r"ts|tz"), "c"),
    (re.compile(r"ch"), "q"),
    (re.compile(r"[yij]o"), "e"),
    (re.compile(r"['`’]"), ""),
)
_LATIN = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            re.split(
                " ", "a b v g d e e j z i i k l m n o p r s t u f h k h s s  i  e u a"
            ),
            strict=True,
        )
    )
)
_ROUGHLY = str.maketrans({"w": "v", "c": "k", "q": "k", "y": "i", "j": "j"})


@dataclass(frozen=True)
class Vocabulary:
    """Known words of one language with their ranks, the most usual first.

    The other tables, from a spelling to the most usual word it may stand for, are made
    when they are first asked for.
    """

    known: Mapping[str, int]
    phonetic_key: Callable[[str], str]

    @classmethod
    def of(cls, words: Iterable[str], phonetic_key: Callable[[str], str]) -> Self:
        """*words*, the most usual first, to be found by spelling and by *sound*."""
        return cls({word: rank for rank, word in enumerate(words)}, phonetic_key)

    @cached_property
    def by_collapsed(self) -> Mapping[str, str]:
        """Words by their spelling without doubled letters."""
        return self._by(collapsed)

    @cached_property
    def by_phonetic_key(self) -> Mapping[str, str]:
        """Words by the key they share with their spelling in the other alphabet."""
        return self._by(self.phonetic_key)

    @cached_property
    def by_leet_key(self) -> Mapping[str, str]:
        """Words by the key they share with digits and signs for letters."""
        return self._by(leet_key)

    def _by(self, key: Callable[[str], str]) -> Mapping[str, str]:
        return {key(word): word for word in reversed([*self.known])}

    def segmented(self, letters: str) -> list[str] | None:
        """*letters* as words, the fewest and longest, nearly all of them known."""
        costs, starts = [0.0], [0]
        for end in range(1, len(letters) + 1):
            first = max(0, end - _LONGEST)
            options = [
                (costs[start] + self._cost(letters[start:end]), start)
                for start in range(first, end)
            ]
            cost, start = min(options)
            costs.append(cost)
            starts.append(start)
        parts, end = [], len(letters)
        while end:
            parts.append(letters[starts[end] : end])
            end = starts[end]
        covered = sum(len(p) for p in parts if len(p) >= _SHORTEST and p in self.known)
        whole = all(part in self.known for part in parts)
        clear = len(letters) >= _LONG and covered >= _COVERED * len(letters)
        good = len(parts) > 1 and (clear or (whole and covered >= len(letters) - 2))
        return parts[::-1] if good else None

    def _cost(self, part: str) -> float:
        if (rank := self.known.get(part)) is None:
            return _UNKNOWN + _PER_LETTER * len(part)
        return (1.0 if len(part) >= _SHORTEST else 1.6) + rank / 40_000


def collapsed(word: str) -> str:
    """*word* with every doubled letter once."""
    return _RUN.sub(r"\1", word)


def russian_phonetic_key(word: str) -> str:
    """A key that *word* shares with its usual Latin spellings."""
    return collapsed(word.translate(_SOUNDS).replace("ts", "c"))


def latin_phonetic_keys(word: str) -> tuple[str, str]:
    """The keys of the Russian words that the Latin *word* may spell: j as й, as ж."""
    for spelling, key in _SPELLINGS:
        word = spelling.sub(key, word)
    soft = re.sub(r"[yji](?=[aueo])", "", word).replace("j", "i")
    hard = re.sub(r"[yi](?=[aueo])", "", word)
    zh = re.sub("j$", "i", hard)
    return _plain(soft.replace("J", "j")), _plain(zh.replace("J", "j"))


def _plain(key: str) -> str:
    return collapsed(key.replace("y", "i").replace("ts", "c"))


def english_phonetic_key(word: str) -> str:
    """A key that *word* shares with its spelling in Cyrillic letters."""
    plain = word.replace("x", "ks").translate(_ROUGHLY)
    return collapsed(plain)


def cyrillic_phonetic_key(word: str) -> str:
    """The key of the English word that the Cyrillic *word* may spell."""
    return collapsed(word.translate(_LATIN))


def leet_key(word: str) -> str:
    """*word* with one sign for the letters, digits and signs that look alike."""
    return word.translate(_SHAPES)


@cache
def english() -> Vocabulary:
    """The English words that ship with the package."""
    return Vocabulary.of(_read("en"), english_phonetic_key)


@cache
def russian() -> Vocabulary:
    """The Russian words that ship with the package, ё written as е."""
    return Vocabulary.of(_read("ru"), russian_phonetic_key)


def _read(lang: str) -> list[str]:
    path = files("moderation") / f"weights/prompt-words-{lang}.txt"
    return path.read_text("utf-8").split()
