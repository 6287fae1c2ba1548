"""What the grammars of both languages have in common."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Pick(Protocol):
    """Chooses one of several ways to say the same."""

    def __call__(self, ways: Sequence[str], /) -> str:
        """One of *ways*."""
        ...


def plainest(ways: Sequence[str]) -> str:
    """The first of *ways*."""
    return ways[0]


def drawn(random: np.random.Generator) -> Pick:
    """Whatever *random* says."""
    return lambda ways: ways[int(random.integers(len(ways)))]


def listed(words: Sequence[str], conjunction: str) -> str:
    """*words* as a list: «circles, arcs and lines»."""
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last
