"""What a filter says of rows that nobody looked at, where it can't name its columns.

Which categories there are depends on the classifiers of a job. So such a filter needs
no column by name: it takes those that are there, and a row without one is not judged.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes

NOT_JUDGED: Final = "not_judged"
"""The reason to drop what could not be judged."""


def unknown(ledger: Ledger, columns: Sequence[str]) -> NDArray[np.bool_]:
    """Which rows lack a value in one of *columns* [n]."""
    missing = np.zeros(len(ledger), np.bool_)
    for column in columns:
        if not ledger.complete(column):
            missing |= ~ledger.known(column)
    return missing


def closed(codes: Codes, missing: NDArray[np.bool_], reasons: Sequence[str]) -> Codes:
    """*codes* with `NOT_JUDGED` where something is *missing* [n]."""
    not_judged = 1 + reasons.index(NOT_JUDGED)
    return np.where(missing, np.uint8(not_judged), codes).astype(np.uint8)
