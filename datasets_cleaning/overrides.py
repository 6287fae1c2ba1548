"""Overrides: verdicts of people on single pairs, which hold in every run.

A pair goes by its uid, so an override holds wherever the same picture stands with the
same caption.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets_cleaning.errors import PlanError
from datasets_cleaning.pair import UID_BYTES

COLUMNS: Final = ("uid", "verdict")
VERDICTS: Final = {"keep": True, "drop": False}

Overrides = Mapping[bytes, bool]
"""For each uid whether the pair is to be kept."""


def read_overrides(path: Path) -> Overrides:
    """The overrides in a CSV file with the columns `COLUMNS`; others are for people.

    A uid is in hexadecimal, a verdict "keep" or "drop"; PlanError names every line that
    is neither, or has a uid twice with different verdicts.
    """
    found: dict[bytes, bool] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := [c for c in COLUMNS if c not in (reader.fieldnames or ())]:
                raise PlanError(f"{path} lacks the columns {', '.join(missing)}")
            problems = [
                f"line {reader.line_num}: {problem}"
                for row in reader
                if (problem := _add_row(row, found))
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PlanError(f"cannot read the overrides {path}: {error}") from error
    if problems:
        raise PlanError(f"{path}: {'; '.join(problems)}")
    return found


def _add_row(row: Mapping[str, str | None], found: dict[bytes, bool]) -> str:
    """Add *row* to what is *found*, or say what is wrong with it."""
    verdict, text = row["verdict"] or "", row["uid"] or ""
    try:
        uid = bytes.fromhex(text)
    except ValueError:
        uid = b""
    if len(uid) != UID_BYTES:
        return f"a uid has {2 * UID_BYTES} hexadecimal digits, got {text!r}"
    if verdict not in VERDICTS:
        return f"a verdict is {' or '.join(VERDICTS)}, got {verdict!r}"
    if found.setdefault(uid, VERDICTS[verdict]) is not VERDICTS[verdict]:
        return f"{text} is both to keep and to drop"
    return ""


def overridden(
    uids: pa.ChunkedArray, overrides: Overrides
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of the *uids* to be kept, and of those to be dropped, [n] each."""
    masks = []
    for verdict in (True, False):
        named = [uid for uid, keep in overrides.items() if keep is verdict]
        among = pc.is_in(uids, pa.array(named, pa.binary(UID_BYTES)))
        masks.append(np.asarray(among))
    return masks[0], masks[1]
