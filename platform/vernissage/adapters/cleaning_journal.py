"""A cleaning job on record in the database: every verdict, and a row for each drop."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Phase, ShardProgress
from vernissage.adapters import dropped_pairs_bulk_insert
from vernissage.adapters.dropped_pairs_bulk_insert import Dropped
from vernissage.cleaning.drops import Overrides
from vernissage.cleaning.models import Run, RunDrop, ShardState, ShardVerdicts
from vernissage.cleaning.runs import Runs
from vernissage.cleaning.shards import Shards
from vernissage.ports import Clock

LEVEL: Final = 1
"""Of zlib: long runs of zeros shrink at any level, and this one is the fastest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningJournal:
    """The Journal of the one *run* that its caller drives.

    Each call is one transaction and may be repeated: the last one counts. Cancelled is
    raised once the run is cancelled or has another driver.
    """

    sessions: sessionmaker[Session]
    clock: Clock
    run: Run
    reasons: tuple[str, ...]
    borderline: frozenset[str]

    def begun(self, job: Mapping[str, Any], /) -> None:
        """Record the shards and the meaning of the codes."""
        names = {shard["number"]: readable(shard["name"]) for shard in job["shards"]}
        with self.sessions.begin() as session:
            Runs(session).change(
                self.run, reasons=list(self.reasons), shards=len(names), done=0
            )
            Shards(session, self.run.id).register(names, Phase.JUDGE)

    def overrides(self) -> Mapping[bytes, bool]:
        """The overrides in force, of pairs of any data set."""
        with self.sessions() as session:
            return Overrides(session).in_force()

    def judged(self, manifest: Mapping[str, Any], /) -> None:
        """Record that a shard is judged, and the number of its pairs."""
        with self.sessions.begin() as session:
            Runs(session).guard(self.run)
            Shards(session, self.run.id).update(
                manifest["number"], status=ShardState.DONE, seen=manifest["count"]
            )

    def failed(self, number: int, problem: str, /) -> None:
        """Record the error of a failed shard."""
        with self.sessions.begin() as session:
            Shards(session, self.run.id).update(
                number, status=ShardState.FAILED, problem=readable(problem)
            )

    def finalized(self, number: int, codes: Codes, ledger: Ledger, /) -> None:
        """Replace the verdicts on one shard."""
        dropped = self._dropped(number, codes, ledger)
        borderline = [borderline for _, borderline in dropped.reasons]
        with self.sessions.begin() as session:
            Runs(session).guard(self.run)
            _forget(session, self.run, number)
            session.add(_packed(self.run, number, codes))
            dropped_pairs_bulk_insert.add(session, dropped)
            Shards(session, self.run.id).update(
                number,
                seen=len(codes),
                kept=len(codes) - len(dropped.keys),
                borderline=int(
                    np.count_nonzero(np.array(borderline, np.bool_)[dropped.reason_of])
                ),
            )

    def step(self, step: ShardProgress, /) -> None:
        """Record the progress of the run."""
        with self.sessions.begin() as session:
            Runs(session).change(self.run, phase=step.phase.value, done=step.done)

    def finished(self, summary: Mapping[str, Any], /) -> None:
        """Record the sums."""
        with self.sessions.begin() as session:
            Runs(session).change(self.run, seen=summary["pairs"], kept=summary["kept"])

    def _dropped(self, number: int, codes: Codes, ledger: Ledger) -> Dropped:
        places = np.flatnonzero(codes)
        rows = ledger.table.select(["uid", "key"]).take(pa.array(places))
        uids, keys = (column.combine_chunks() for column in rows.columns)
        return Dropped(
            run=self.run,
            shard=number,
            places=places,
            uids=uids,
            # arrow holds UTF-8, but a NUL is a character of that
            keys=pc.replace_substring(keys, "\0", "\N{REPLACEMENT CHARACTER}"),
            reason_of=codes[places] - 1,
            reasons=[(reason, reason in self.borderline) for reason in self.reasons],
        )


def verdicts(session: Session, run: Run, number: int) -> Codes:
    """Every verdict on the shard *number*; KeyError before it is settled."""
    row = session.get(ShardVerdicts, (run.id, number))
    if row is None:
        raise KeyError(number)
    return np.frombuffer(zlib.decompress(row.codes), np.uint8)


def readable(text: str) -> str:
    """The *text* as any database stores it: no NUL, no surrogates for bad bytes."""
    return (
        text.replace("\0", "\N{REPLACEMENT CHARACTER}")
        .encode("utf-8", "backslashreplace")
        .decode()
    )


def _packed(run: Run, number: int, codes: Codes) -> ShardVerdicts:
    packed = zlib.compress(codes.tobytes(), LEVEL)
    return ShardVerdicts(run_id=run.id, number=number, count=len(codes), codes=packed)


def _forget(session: Session, run: Run, number: int) -> None:
    for table, column in ((ShardVerdicts, "number"), (RunDrop, "shard")):
        session.execute(
            delete(table).where(
                table.run_id == run.id, getattr(table, column) == number
            ),
            execution_options={"synchronize_session": False},
        )
