"""From a ledger and filters to one verdict for each pair: pure, fast, repeatable.

A verdict is a number: 0 keeps a pair, k drops it for the k-th of `reasons`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.filters.optional import NOT_JUDGED
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Filter

FAULTS: Final = (
    "structure:several_images",
    "structure:several_captions",
    "structure:duplicate_member",
    "structure:unknown_member",
    "structure:unsafe_name",
    "structure:link",
    "structure:not_a_file",
    "structure:cut_short",
    "structure:damaged",
    "structure:trailing_data",
    "structure:too_large",
    "image_missing",
    "caption_missing",
    "caption_unreadable",
)
"""What sources find wrong with a pair before anybody judges it."""

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


def grey(filters: Sequence[Filter]) -> frozenset[str]:
    """Those of `reasons` that a person may overrule as doubtful."""
    return frozenset[str]().union(*(judge.grey for judge in filters))


def decide(ledger: Ledger, filters: Sequence[Filter]) -> Codes:
    """A verdict for each row of *ledger* [n].

    What is wrong with its structure comes first, then the first reason of *filters*; a
    doubtful (grey) reason gives way to one that is not. Where a filter needs to know
    what nobody has found out, the pair is `NOT_JUDGED`.
    """
    code = {reason: k for k, reason in enumerate(reasons(filters), start=1)}
    sure, doubtful = _faults(ledger, code), np.zeros(len(ledger), np.uint8)
    for judge in filters:
        translation = np.array([0, *(code[reason] for reason in judge.reasons)])
        is_grey = np.array([False, *(reason in judge.grey for reason in judge.reasons)])
        known = _known(ledger, judge)
        given = judge.judge(ledger) if _complete(ledger, judge) else 0 * sure
        given = np.where(known, given, 0)
        found = np.where(known, translation[given], code[NOT_JUDGED]).astype(np.uint8)
        sure = np.where((sure == 0) & ~is_grey[given], found, sure)
        doubtful = np.where((doubtful == 0) & is_grey[given], found, doubtful)
    return np.where(sure > 0, sure, doubtful)


def _complete(ledger: Ledger, judge: Filter) -> bool:
    """Whether *ledger* has every column that *judge* needs."""
    return all(column in ledger for column in judge.needs)


def _known(ledger: Ledger, judge: Filter) -> NDArray[np.bool_]:
    """Which rows have a value in every column that *judge* needs [n]."""
    known = np.ones(len(ledger), np.bool_)
    for column in judge.needs:
        known &= ledger.known(column)
    return known


def _faults(ledger: Ledger, code: dict[str, int]) -> Codes:
    """The verdicts on structure; a fault that nobody knows is `NOT_JUDGED` [n]."""
    verdicts = np.where(ledger.known("fault"), code[NOT_JUDGED], 0)
    for fault in FAULTS:
        verdicts[ledger.says("fault", fault)] = code[fault]
    return verdicts.astype(np.uint8)
