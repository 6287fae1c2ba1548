"""A text as a set of hashed n-grams: words, pairs of words and runs of letters.

scikit-learn's HashingVectorizer would hash the same in a Python loop, and bring SciPy
into the web process.
"""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

BUCKET_BITS = 18

_PUNCTUATION = re.compile(r"[\s!-/:-@\[-`{-~«»„“”‘’–—…№]+")
_RUNS = (2, 3, 4, 5)
_ODD = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def folded(text: str) -> str:
    """*text* as the pieces see it: lower case, ё as е, single spaces around words."""
    folded = _PUNCTUATION.sub(" ", text.lower().replace("ё", "е")).strip()
    return f" {folded} "


def hashed_ngrams(text: str) -> NDArray[np.int64]:
    """The distinct buckets, each in [0, 2**BUCKET_BITS), of every piece of *text*.

    All substring hashes come from one running sum: with H[i] = sum of c[k] * b**k
    for k < i, the piece from i to j hashes to (H[j] - H[i]) / b**i modulo 2**64, where
    an odd b has an inverse. MurmurHash3's finaliser spreads the result.
    """
    spelled = folded(text)
    codes = np.frombuffer(spelled.encode("utf-32-le"), np.uint32).astype(np.uint64)
    powers, inverses = _powers(1 << max(9, len(codes).bit_length()))
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(codes * powers[: len(codes)], out=sums[1:])
    starts, ends, kinds = _spans(codes)
    hashes = (sums[ends] - sums[starts]) * inverses[starts] + kinds
    return np.unique(_mixed(hashes) >> np.uint64(64 - BUCKET_BITS)).astype(np.int64)


def _spans(
    codes: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Start, end and kind of every piece; kind tells a word from a run of letters."""
    spaces = np.flatnonzero(codes == ord(" "))
    words, pairs = (spaces[:-1] + 1, spaces[1:]), (spaces[:-2] + 1, spaces[2:])
    runs = [
        (np.arange(len(codes) - n + 1), np.arange(n, len(codes) + 1)) for n in _RUNS
    ]
    every = [words, pairs, *runs]
    kinds = [np.full(len(s), _kind(i), np.uint64) for i, (s, _) in enumerate(every)]
    starts, ends = zip(*every, strict=True)
    return np.concatenate(starts), np.concatenate(ends), np.concatenate(kinds)


def _kind(number: int) -> int:
    return (number + 1) * 0xD1B54A32D192ED03 & _MASK


@cache
def _powers(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """b**0 … b**(size-1) and their inverses, modulo 2**64."""
    return _geometric(_ODD, size), _geometric(pow(_ODD, -1, 1 << 64), size)


def _geometric(ratio: int, size: int) -> NDArray[np.uint64]:
    series = np.full(size, ratio, np.uint64)
    series[0] = 1
    return np.multiply.accumulate(series)


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    shift = np.uint64(33)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        hashes = (hashes ^ (hashes >> shift)) * np.uint64(factor)
    return hashes ^ (hashes >> shift)
