"""Drop rates by language, source, size and shard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.intervals import Share
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes

UNKNOWN: Final = "unknown"
TOP: Final = "no folder of its own"
OTHERS: Final = "all others"
NAMES: Final = 100_000
"""Sources that are told apart; a list of links may know more than fit into memory."""

SHOWN: Final = 20
SIDES: Final = (256, 512, 768, 1024)
SIGMAS: Final = 3.0


@dataclass(slots=True)
class Slices:
    """Counts of the pairs seen and dropped of each slice."""

    counts: dict[str, dict[str, list[int]]] = field(
        default_factory=lambda: {"language": {}, "source": {}, "shorter side": {}}
    )

    def add(self, ledger: Ledger, codes: Codes, shard: str) -> None:
        """Count the pairs of the *shard* of this name in."""
        dropped = codes > 0
        self._count("language", languages(ledger), dropped)
        self._count("source", _sources(ledger, shard), dropped)
        self._count("shorter side", _sides(ledger), dropped)

    def _count(
        self, kind: str, labels: Sequence[str], dropped: NDArray[np.bool_]
    ) -> None:
        own = self.counts[kind]
        names, places = np.unique(np.asarray(labels, object), return_inverse=True)
        seen = np.bincount(places, minlength=len(names))
        gone = np.bincount(places, weights=dropped, minlength=len(names))
        for name, all_, lost in zip(names, seen, gone, strict=True):
            known = name if name in own or len(own) < NAMES else OTHERS
            sums = own.setdefault(known, [0, 0])
            sums[0] += int(all_)
            sums[1] += int(lost)

    def rates(self) -> dict[str, list[tuple[str, Share]]]:
        """For each kind the largest slices, and the others together."""
        return {kind: list(_largest(own)) for kind, own in self.counts.items()}


def _largest(own: dict[str, list[int]]) -> Iterator[tuple[str, Share]]:
    order = sorted(own.items(), key=lambda item: (item[0] == OTHERS, -item[1][0]))
    for name, (seen, lost) in order[:SHOWN]:
        yield name, Share(lost, seen)
    if rest := order[SHOWN:]:
        seen, lost = np.sum([sums for _, sums in rest], axis=0).tolist()
        yield OTHERS, Share(lost, seen)


def languages(ledger: Ledger) -> list[str]:
    """The language of each caption, or `UNKNOWN`."""
    if "language" not in ledger:
        return [UNKNOWN] * len(ledger)
    return [word or UNKNOWN for word in ledger.texts("language")]


def _sources(ledger: Ledger, shard: str) -> list[str]:
    """The host of a URL, else the first folder of a key, else that of the *shard*."""
    parent = str(PurePosixPath(shard).parent)
    folder = TOP if parent == "." else parent
    return [_source(key or "", folder) for key in ledger.texts("key")]


def _source(key: str, folder: str) -> str:
    if "://" in key:
        try:
            return urlsplit(key).hostname or UNKNOWN
        except ValueError:
            return UNKNOWN
    first, slash, _ = key.lstrip("/").partition("/")
    return first if slash else folder


def _sides(ledger: Ledger) -> list[str]:
    if "width" not in ledger:
        return [UNKNOWN] * len(ledger)
    names = np.array(
        [
            f"below {SIDES[0]}",
            *(f"{low} to {high - 1}" for low, high in pairwise(SIDES)),
            f"from {SIDES[-1]}",
        ],
        object,
    )
    shorter = np.minimum(ledger.numbers("width"), ledger.numbers("height"))
    found = names[np.searchsorted(SIDES, shorter, "right")]
    labels: list[str] = np.where(ledger.known("width"), found, UNKNOWN).tolist()
    return labels


@dataclass(frozen=True, slots=True)
class Outlier:
    """A shard that loses *sigmas* more pairs than the others let one expect.

    Or fewer, where that is negative.
    """

    name: str
    share: Share
    sigmas: float

    def facts(self) -> dict[str, Any]:
        """All facts, for a file."""
        return {
            "shard": self.name,
            "pairs": self.share.of,
            "dropped": self.share.count,
            "sigmas": round(self.sigmas, 2),
        }


def outliers(shards: Sequence[tuple[str, Share]]) -> list[Outlier]:
    """The *shards* beyond `SIGMAS` of a binomial around the mean, worst first."""
    count = sum(share.count for _, share in shards)
    mean = Share(count, sum(share.of for _, share in shards)).value
    spread = mean * (1 - mean)
    found = [
        Outlier(name, share, (share.value - mean) / sqrt(spread / share.of))
        for name, share in shards
        if share.of and spread
    ]
    far = [outlier for outlier in found if abs(outlier.sigmas) > SIGMAS]
    return sorted(far, key=lambda outlier: -abs(outlier.sigmas))
