"""Bulk insert into `run_drops`, by the fastest way that each database has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import insert
from sqlalchemy.orm import Session

from datasets_cleaning.pair import UID_BYTES
from vernissage.cleaning.models import Run, RunDrop

BATCH: Final = 10_000
"""Rows in one call of a database without COPY."""

FIELDS: Final = ("run_id", "shard", "place", "uid", "key", "reason", "borderline")

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
"""Header and trailer of PostgreSQL's COPY: its manual, COPY, binary format."""

FIXED: Final = np.dtype(
    [
        ("fields", ">i2"),
        *(("run_size", ">i4"), ("run", "V16")),
        *(("shard_size", ">i4"), ("shard", ">i4")),
        *(("place_size", ">i4"), ("place", ">i4")),
        *(("uid_size", ">i4"), ("uid", f"V{UID_BYTES}")),
        ("key_size", ">i4"),
    ]
)
"""The part of a row that is as long in each, sizes before values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The dropped pairs of one shard of *run*.

    Column by column: *places* [n] in the shard, *uids* of `UID_BYTES` and *keys*, and
    of *reasons*, each with whether it is borderline, the one that *reason_of* [n] is.
    """

    run: Run
    shard: int
    places: NDArray[np.int64]
    uids: pa.FixedSizeBinaryArray
    keys: pa.StringArray
    reason_of: NDArray[np.uint8]
    reasons: Sequence[tuple[str, bool]]


def add(session: Session, dropped: Dropped) -> None:
    """Add *dropped* to the transaction of *session*."""
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, dropped)
    else:
        rows = _rows(dropped)
        while batch := list(islice(rows, BATCH)):
            session.execute(insert(RunDrop), batch)


def _rows(dropped: Dropped) -> Iterator[dict[str, Any]]:
    columns = (dropped.places, dropped.uids, dropped.keys, dropped.reason_of)
    lists = [column.tolist() for column in columns]
    for place, uid, key, word in zip(*lists, strict=True):
        reason, borderline = dropped.reasons[word]
        values = (dropped.run.id, dropped.shard, place, uid, key, reason, borderline)
        yield dict(zip(FIELDS, values, strict=True))


def _copy(session: Session, dropped: Dropped) -> None:
    """COPY in binary: neither text nor statements are made of the values."""
    driver: Any = session.connection().connection.driver_connection
    table, fields = RunDrop.__tablename__, ", ".join(FIELDS)
    statement = f"COPY {table} ({fields}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_binary(dropped))


def _binary(dropped: Dropped) -> bytes:
    """The rows in binary, put together column by column."""
    count = len(dropped.keys)
    fixed = np.empty(count, FIXED)
    fixed["fields"] = len(FIELDS)
    fixed["run_size"], fixed["run"] = 16, np.void(dropped.run.id.bytes)
    fixed["shard_size"], fixed["shard"] = 4, dropped.shard
    fixed["place_size"], fixed["place"] = 4, dropped.places
    fixed["uid_size"], fixed["uid"] = UID_BYTES, _bytes(dropped.uids)
    fixed["key_size"] = pc.binary_length(dropped.keys)
    heads = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(FIXED.itemsize), count, [None, pa.py_buffer(fixed)]
    )
    tails = [
        _tail(reason, borderline=borderline) for reason, borderline in dropped.reasons
    ]
    reason_bytes = pa.array(tails, pa.binary()).take(pa.array(dropped.reason_of))
    columns = (heads, dropped.keys, reason_bytes)
    rows = pc.binary_join_element_wise(*(c.cast(pa.binary()) for c in columns), b"")
    return b"".join([HEADER, *rows.to_pylist(), TRAILER])


def _bytes(uids: pa.FixedSizeBinaryArray) -> NDArray[np.void]:
    """The *uids* as an array over the same memory."""
    found = np.frombuffer(uids.buffers()[1], f"V{UID_BYTES}")
    return found[uids.offset : uids.offset + len(uids)]


def _tail(reason: str, *, borderline: bool) -> bytes:
    """The part of a row that all with one reason share."""
    text = reason.encode()
    return len(text).to_bytes(4) + text + (1).to_bytes(4) + borderline.to_bytes(1)
