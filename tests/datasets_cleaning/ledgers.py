"""Ledgers by hand: some columns, the others left out, nobody having looked."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from datasets_cleaning.category_scores import columns
from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import BASE_COLUMNS, ONE, SCORE, Ledger
from datasets_cleaning.measures.files import Header

TEXT = pa.dictionary(pa.int8(), pa.string())
TYPES: Mapping[str, pa.DataType] = {
    **BASE_COLUMNS,
    **Header.columns,
    "caption_length": pa.uint32(),
    "language": TEXT,
    "personal": pa.uint8(),
    "decoded": pa.bool_(),
    "listed_sha256": pa.bool_(),
    "listed_pdq": pa.bool_(),
    "blur": pa.float32(),
    "similarity": pa.float32(),
    "aesthetics": pa.float32(),
    "watermark": SCORE,
    **dict.fromkeys(columns("caption"), SCORE),
    **dict.fromkeys(columns("detoxify"), SCORE),
    **dict.fromkeys(columns("image"), SCORE),
}


def ledger(**found: Sequence[Any]) -> Ledger:
    """One with the columns *found*, all of a length; the rows have no faults."""
    [rows] = {len(values) for values in found.values()}
    always = {
        "key": [f"{row:09d}" for row in range(rows)],
        "uid": [row.to_bytes(16, "big") for row in range(rows)],
        "fault": [None] * rows,
    }
    table = {
        name: pa.array(values, TYPES[name]) for name, values in (always | found).items()
    }
    return Ledger(pa.table(table))


def scores(subject: str, rows: int = 1, **given: float) -> dict[str, list[int]]:
    """Columns of *subject* for every category: 0 but for what is *given*."""
    return {
        name: [round(given.get(name.removeprefix(f"{subject}_"), 0) * ONE)] * rows
        for name in columns(subject)
    }


def decided(own: Filter, table: Ledger) -> list[str | None]:
    """The reason that the filter gives for each row; None where it keeps it."""
    names = (None, *own.reasons)
    return [names[code] for code in own.decide(table)]
