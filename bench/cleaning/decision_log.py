"""Every drop of a run into PostgreSQL: as the platform writes them, and as is usual."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np
import pyarrow as pa
from sqlalchemy import insert

from bench.cleaning.postgresql import programs, server
from datasets_cleaning.ledger import BASE_COLUMNS, Ledger
from datasets_cleaning.pair import UID_BYTES
from vernissage.adapters.cleaning_journal import CleaningJournal
from vernissage.bootstrap.components import now
from vernissage.cleaning.models import Run, RunDrop, RunState
from vernissage.db.migrate import upgrade
from vernissage.db.session import Sessions, connect

ROWS: Final = 10_000
"""Drops of a shard, a transaction each."""

REASON: Final = "image_too_small"


@dataclass(frozen=True, slots=True)
class Shards:
    """Shards of which every pair is dropped, written one after the other."""

    record: CleaningJournal
    ledger: Ledger
    numbers: Iterator[int]

    def ours(self) -> None:
        """The next one as a run does it: verdicts, drops by COPY, and sums."""
        codes = np.ones(len(self.ledger), np.uint8)
        self.record.finalized(next(self.numbers), codes, self.ledger)

    def usual(self) -> None:
        """The drops of the next one and nothing else, by INSERT of many rows."""
        number = next(self.numbers)
        rows = [
            {
                "run_id": self.record.run.id,
                "shard": number,
                "place": place,
                "uid": row["uid"],
                "key": row["key"],
                "reason": REASON,
                "borderline": False,
            }
            for place, row in enumerate(self.ledger.rows())
        ]
        with self.record.sessions.begin() as session:
            session.execute(insert(RunDrop), rows)


def log_rates(shards: int, rounds: int) -> tuple[float, float] | None:
    """Rows per second by the clock, ours and the usual way; None: no PostgreSQL here.

    So many *shards* by the one and by the other in each round; one before warms up.
    """
    if (bin_ := programs()) is None:
        return None
    with server(bin_) as url, _database(url) as sessions:
        record = make_record(sessions, shards=2 * shards * (rounds + 1))
        made = Shards(record, make_ledger(ROWS), count())
        turns = [
            (_rate(made.ours, shards), _rate(made.usual, shards))
            for _ in range(rounds + 1)
        ]
    ours, usual = zip(*turns[1:], strict=True)
    return median(ours), median(usual)


def _rate(side: Callable[[], None], shards: int) -> float:
    began = perf_counter()
    for _ in range(shards):
        side()
    return shards * ROWS / (perf_counter() - began)


@contextmanager
def _database(url: str) -> Iterator[Sessions]:
    upgrade(url)
    sessions = connect(url)
    try:
        yield sessions
    finally:
        sessions.engine.dispose()


def make_record(sessions: Sessions, *, shards: int) -> CleaningJournal:
    """The record of a run over so many *shards* that this process drives."""
    run = Run(
        source="made",
        folder="/made",
        plan="bench",
        policy="bench",
        state=RunState.RUNNING,
        lease_owner="bench",
        lease_until=now() + timedelta(days=1),
        asked_at=now(),
    )
    with sessions.begin() as session:
        session.add(run)
    record = CleaningJournal(
        sessions=sessions, clock=now, run=run, reasons=(REASON,), borderline=frozenset()
    )
    names = [{"number": number, "name": f"{number}.tar"} for number in range(shards)]
    record.begun({"shards": names})
    return record


def make_ledger(rows: int) -> Ledger:
    """The columns that the log takes of so many pairs."""
    random = np.random.default_rng(0)
    table = {
        "key": [f"{row:09d}" for row in range(rows)],
        "uid": pa.array(
            [random.bytes(UID_BYTES) for _ in range(rows)], BASE_COLUMNS["uid"]
        ),
    }
    return Ledger(pa.table(table))
