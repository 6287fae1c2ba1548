"""From a ledger and filters to one verdict for each pair: pure, fast, repeatable.

A verdict is a number: 0 keeps a pair, k drops it for the k-th of `reasons`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.filters.optional import NOT_JUDGED
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.pair import FAULTS
from datasets_cleaning.protocols import Codes, Filter

SETTLED: Final = (
    "duplicate:exact",
    "duplicate:near",
    "duplicate:alike",
    "duplicate:of_dropped",
    "override",
)
"""What is decided over a whole data set, behind all filters."""


def reasons(filters: Sequence[Filter]) -> tuple[str, ...]:
    """Every reason of a job with *filters*, each once; the first has the code 1."""
    own = (reason for judge in filters for reason in judge.reasons)
    found = tuple(dict.fromkeys((*FAULTS, NOT_JUDGED, *own, *SETTLED)))
    if len(found) > np.iinfo(np.uint8).max:
        raise ValueError(f"verdicts are bytes, {len(found)} reasons are too many")
    return found


def borderline(filters: Sequence[Filter]) -> frozenset[str]:
    """Those of `reasons` that a person may overrule as doubtful."""
    return frozenset[str]().union(*(judge.borderline for judge in filters))


def decide(ledger: Ledger, filters: Sequence[Filter]) -> Codes:
    """A verdict for each row of *ledger* [n].

    What is wrong with its structure comes first, then the first reason of *filters*; a
    doubtful (grey) reason gives way to one that is not. Where a filter needs to know
    what nobody has found out, the pair is `NOT_JUDGED`.
    """
    code = {reason: k for k, reason in enumerate(reasons(filters), start=1)}
    sure, doubtful = _faults(ledger, code), np.zeros(len(ledger), np.uint8)
    for judge in filters:
        given, unknown = _given(ledger, judge)
        rows = np.flatnonzero(given > 0)
        # most pairs pass most filters: only the others are looked at any closer
        translation = np.array([0, *(code[reason] for reason in judge.reasons)])
        is_grey = np.array(
            [False, *(reason in judge.borderline for reason in judge.reasons)]
        )
        for verdicts, mine in ((sure, ~is_grey), (doubtful, is_grey)):
            own = rows[mine[given[rows]]]
            first = own[verdicts[own] == 0]
            verdicts[first] = translation[given[first]]
        sure[unknown[sure[unknown] == 0]] = code[NOT_JUDGED]
    return np.where(sure > 0, sure, doubtful)


def _given(ledger: Ledger, judge: Filter) -> tuple[Codes, NDArray[np.intp]]:
    """What *judge* says of each row [n], and the rows of which it can't know enough."""
    incomplete = [column for column in judge.needs if not ledger.complete(column)]
    if any(column not in ledger for column in incomplete):
        return np.zeros(len(ledger), np.uint8), np.arange(len(ledger))
    given = judge.judge(ledger)
    if not incomplete:
        return given, np.zeros(0, np.intp)
    known = np.logical_and.reduce([ledger.known(column) for column in incomplete])
    return np.where(known, given, 0), np.flatnonzero(~known)


def _faults(ledger: Ledger, code: dict[str, int]) -> Codes:
    """The verdicts on structure; a fault that nobody knows is `NOT_JUDGED` [n]."""
    verdicts = np.where(ledger.known("fault"), code[NOT_JUDGED], 0)
    if not verdicts.any():
        return verdicts.astype(np.uint8)
    for fault in FAULTS:
        verdicts[ledger.matches("fault", fault)] = code[fault]
    return verdicts.astype(np.uint8)
