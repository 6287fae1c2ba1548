"""Verdicts: from a ledger and filters to one code for each pair; pure and repeatable.

The code 0 keeps a pair, k drops it for the k-th of `reasons`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes
from datasets_cleaning.reasons import DATASET_REASONS, FAULTS, NOT_JUDGED


def reasons(filters: Sequence[Filter]) -> tuple[str, ...]:
    """Every reason of a job with *filters*, each once; the first has the code 1."""
    own = (reason for each in filters for reason in each.reasons)
    found = tuple(dict.fromkeys((*FAULTS, NOT_JUDGED, *own, *DATASET_REASONS)))
    if len(found) > np.iinfo(np.uint8).max:
        raise ValueError(f"verdicts are bytes, {len(found)} reasons are too many")
    return found


def borderline(filters: Sequence[Filter]) -> frozenset[str]:
    """Reasons of *filters* that a person may overrule."""
    return frozenset[str]().union(*(each.borderline for each in filters))


def decide(ledger: Ledger, filters: Sequence[Filter]) -> Codes:
    """A verdict for each row of *ledger* [n].

    Faults of its structure come first, then the first reason of *filters*; a borderline
    reason gives way to one that is certain. Where a filter lacks a column that it
    requires, the pair is `NOT_JUDGED`.
    """
    code = {reason: k for k, reason in enumerate(reasons(filters), start=1)}
    certain, borderline_ = _faults(ledger, code), np.zeros(len(ledger), np.uint8)
    for each in filters:
        given, unknown = _codes(ledger, each)
        rows = np.flatnonzero(given > 0)
        # most pairs pass most filters: only the others are looked at any closer
        translation = np.array([0, *(code[reason] for reason in each.reasons)])
        may_pass = np.array(
            [False, *(name in each.borderline for name in each.reasons)]
        )
        for verdicts, mine in ((certain, ~may_pass), (borderline_, may_pass)):
            own = rows[mine[given[rows]]]
            first = own[verdicts[own] == 0]
            verdicts[first] = translation[given[first]]
        certain[unknown[certain[unknown] == 0]] = code[NOT_JUDGED]
    return np.where(certain > 0, certain, borderline_)


def _codes(ledger: Ledger, each: Filter) -> tuple[Codes, NDArray[np.intp]]:
    """The codes of one filter [n], and the rows that lack a column that it requires."""
    incomplete = [column for column in each.required if not ledger.complete(column)]
    if any(column not in ledger for column in incomplete):
        return np.zeros(len(ledger), np.uint8), np.arange(len(ledger))
    given = each.decide(ledger)
    if not incomplete:
        return given, np.zeros(0, np.intp)
    unknown = ledger.unknown(incomplete)
    return np.where(unknown, 0, given), np.flatnonzero(unknown)


def _faults(ledger: Ledger, code: dict[str, int]) -> Codes:
    """The verdicts on structure; an unknown fault is `NOT_JUDGED` [n]."""
    verdicts = np.where(ledger.known("fault"), code[NOT_JUDGED], 0)
    if not verdicts.any():
        return verdicts.astype(np.uint8)
    for fault in FAULTS:
        verdicts[ledger.matches("fault", fault)] = code[fault]
    return verdicts.astype(np.uint8)
