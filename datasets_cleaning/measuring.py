"""Measuring the pairs of a shard: the cheap first, and no more than needed.

A measure that breaks costs the pairs that it breaks on, and those only: their values
stay unknown, and a pair with an unknown value is not kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets_cleaning.filter import Filter
from datasets_cleaning.isolation import describe, measure_each, measure_name
from datasets_cleaning.ledger import BASE_COLUMNS, Ledger
from datasets_cleaning.pair import Pair, uid
from datasets_cleaning.protocols import Cost, Measure, PairContents
from datasets_cleaning.reasons import NOT_JUDGED
from datasets_cleaning.verdicts import borderline, decide, reasons

PAIRS: Final = 128
"""The pairs of a batch, at most."""

BYTES: Final = 64 * 2**20
"""The bytes of the pictures of a batch, at most; one picture may have more."""

EMBEDDING: Final = "embedding"
"""The column that goes into a file of its own, not into the ledger."""

DEAR: Final = Cost.DECODING
"""The cost from which on a measure costs more than finding out which pairs to spare."""


@dataclass(slots=True)
class Measurements:
    """Values measured of the pairs of a batch, in their order."""

    columns: dict[str, pa.Array] = field(default_factory=dict)
    vectors: list[NDArray[np.float16] | None] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurer:
    """Takes pairs through *measures*, in the order of their cost.

    *open_contents* opens a pair. Unless *score_all*, a pair that one of *filters* has
    dropped is measured no further, except where a person may still keep it.
    """

    measures: Sequence[Measure]
    filters: Sequence[Filter]
    open_contents: Callable[[Pair], PairContents]
    score_all: bool = False

    @property
    def versions(self) -> dict[str, str]:
        """The version of each measure."""
        return {measure_name(measure): measure.version for measure in self.measures}

    @property
    def columns(self) -> dict[str, pa.DataType]:
        """The columns of the ledger and their types."""
        known = dict(BASE_COLUMNS)
        for measure in self.measures:
            known.update(measure.columns)
        known.pop(EMBEDDING, None)
        return known

    def batch(self, pairs: Sequence[Pair], shard: str) -> Measurements:
        """The values of a batch of *pairs* of the *shard* of this name."""
        found = Measurements(vectors=[None] * len(pairs))
        contents = [self.open_contents(pair) for pair in pairs]
        started = perf_counter()
        _identify(found, contents, shard)
        found.seconds["read"] = perf_counter() - started
        going_on = np.array([pair.fault is None for pair in pairs])
        unasked = list(self.filters)
        for measure in self.measures:
            started = perf_counter()
            if (
                not self.score_all
                and measure.cost >= DEAR
                and _can_decide(found, unasked)
            ):
                going_on &= ~self._dropped(found, len(pairs))
            _measure(found, measure, contents, np.flatnonzero(going_on))
            found.seconds[measure_name(measure)] = perf_counter() - started
        return found

    def _dropped(self, found: Measurements, pairs: int) -> NDArray[np.bool_]:
        """Mask of so many *pairs* that need no more measuring, by *found* so far.

        It is decided on a ledger in which all else stays unknown, so a pair that stops
        here has the same verdict in the end.
        """
        columns = {
            name: found.columns[name]
            if name in found.columns
            else pa.nulls(pairs, kind)
            for name, kind in self.columns.items()
        }
        open_ = borderline(self.filters) | {NOT_JUDGED}
        final = [False, *(reason not in open_ for reason in reasons(self.filters))]
        return np.array(final)[decide(Ledger(pa.table(columns)), self.filters)]


def _can_decide(found: Measurements, unasked: list[Filter]) -> bool:
    """True if some of *unasked* filters, which leave the list, have their columns."""
    ready = [each for each in unasked if each.required <= found.columns.keys()]
    unasked[:] = [each for each in unasked if each not in ready]
    return bool(ready)


def batches(pairs: Sequence[Pair]) -> Iterator[Sequence[Pair]]:
    """*pairs* in parts that fit into memory; the same pairs make the same parts."""
    start = size = 0
    for place, pair in enumerate(pairs):
        more = pair.image.size if pair.image else 0
        if place > start and (place - start == PAIRS or size + more > BYTES):
            yield pairs[start:place]
            start, size = place, 0
        size += more
    if start < len(pairs):
        yield pairs[start:]


def _identify(
    found: Measurements, contents: Sequence[PairContents], shard: str
) -> None:
    """Add the columns that every row has."""
    pairs = [view.pair for view in contents]
    uids = [_uid(found, view, shard) for view in contents]
    faults = [pair.fault.reason if pair.fault else None for pair in pairs]
    keys = [pair.key for pair in pairs]
    for name, values in zip(BASE_COLUMNS, (keys, uids, faults), strict=True):
        found.columns[name] = pa.array(values, BASE_COLUMNS[name])


def _uid(found: Measurements, view: PairContents, shard: str) -> bytes:
    """The uid of a pair; made of its place in its *shard* if it can't be read."""
    pair = view.pair
    if pair.fault is None:
        try:
            return uid(view.data if pair.image else b"", pair.caption or "")
        except Exception as error:  # noqa: BLE001  # one bad file costs itself
            found.problems.append(f"{pair.key}: {describe(error)}")
    return uid(f"{shard}/{pair.index}".encode(errors="surrogatepass"), pair.key)


def _measure(
    found: Measurements,
    measure: Measure,
    contents: Sequence[PairContents],
    rows: NDArray[np.intp],
) -> None:
    """Add the columns that *measure* fills, known for *rows* at most."""
    answers = measure_each(measure, [contents[row] for row in rows], found.problems)
    columns: Mapping[str, list[Any]] = {
        name: [None] * len(contents) for name in measure.columns
    }
    for row, answer in zip(rows, answers, strict=True):
        for name, value in answer.items():
            columns[name][row] = value
    for name, kind in measure.columns.items():
        if name != EMBEDDING:
            found.columns[name] = pa.array(columns[name], kind)
    if EMBEDDING in measure.columns:
        found.vectors = columns[EMBEDDING]
