"""Letter bigrams: the likelihood that a word is English or Russian."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Self

_EDGE = "_"


@dataclass(frozen=True, slots=True)
class BigramModel:
    """The log-probability of each letter of an alphabet after each other one."""

    alphabet: str
    log_probabilities: Mapping[str, float]

    @classmethod
    def fitted(cls, alphabet: str, words: Iterable[str]) -> Self:
        """The model of *words* in *alphabet*; a pair never seen counts half."""
        pairs = Counter(a + b for word in words for a, b in pairwise(_edged(word)))
        letters = alphabet + _EDGE
        totals = {a: sum(pairs[a + b] + 0.5 for b in letters) for a in letters}
        log_probabilities = {
            a + b: round(math.log((pairs[a + b] + 0.5) / totals[a]), 2)
            for a in letters
            for b in letters
        }
        return cls(alphabet, log_probabilities)

    @classmethod
    def read(cls, text: str) -> Self:
        """The model written by `written`."""
        alphabet, *rows = text.splitlines()
        letters = alphabet + _EDGE
        log_probabilities = {
            a + b: -int(step) / 10
            for a, row in zip(letters, rows, strict=True)
            for b, step in zip(letters, row.split(), strict=True)
        }
        return cls(alphabet, log_probabilities)

    def dumps(self) -> str:
        """The alphabet, then per letter the tenths of nats each next letter costs."""
        letters = self.alphabet + _EDGE
        rows = (
            " ".join(str(round(-10 * self.log_probabilities[a + b])) for b in letters)
            for a in letters
        )
        return "\n".join([self.alphabet, *rows])

    def log_likelihood(self, word: str) -> float:
        """Nats per step through *word*; -10 if it leaves the alphabet."""
        if not word or set(word) - set(self.alphabet):
            return -10.0
        log_probabilities = [
            self.log_probabilities[a + b] for a, b in pairwise(_edged(word))
        ]
        return sum(log_probabilities) / len(log_probabilities)


@cache
def bundled(lang: str) -> BigramModel:
    """The letters of *lang*, en or ru, that ship with the package."""
    folder = files("moderation") / "weights"
    return BigramModel.read((folder / f"prompt-bigrams-{lang}.txt").read_text("utf-8"))


def _edged(word: str) -> str:
    return f"{_EDGE}{word}{_EDGE}"
