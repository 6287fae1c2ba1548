"""The rows of cleaning: runs, their shards, every verdict, and overrides."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from datasets_cleaning.pair import UID_BYTES
from vernissage.models.columns import Base, BigId


class RunState(StrEnum):
    """The state of a run."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ShardState(StrEnum):
    """The state of a shard in its present phase."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


class OverrideVerdict(StrEnum):
    """The verdict of a person on a pair."""

    KEEP = "keep"
    DROP = "drop"


ENDED: Final = frozenset(
    {RunState.DONE, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED}
)
"""States in which no worker works on the run; it can be resumed."""


def _of(words: type[StrEnum]) -> Enum:
    return Enum(
        words,
        native_enum=False,
        length=16,
        values_callable=lambda states: [state.value for state in states],
    )


class Run(Base):
    """One cleaning job over one source into one *folder*.

    *started_by* is the administrator who started it on the site, None for the command
    line. The driver holds the lease. *done* of its shards have come through *phase*;
    *reasons* say what the codes of its verdicts mean.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("runs_by_folder", "folder"),
        Index("runs_by_state", "state", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    source: Mapped[str] = mapped_column(Text)
    folder: Mapped[str] = mapped_column(Text)
    plan: Mapped[str] = mapped_column(String(64))
    plan_text: Mapped[str] = mapped_column(Text, default="")
    policy: Mapped[str] = mapped_column(String(64))
    writes: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    started_by: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[RunState] = mapped_column(_of(RunState))
    lease_owner: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    phase: Mapped[str | None] = mapped_column(String(8))
    shards: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(BigInteger, default=0)
    kept: Mapped[int] = mapped_column(BigInteger, default=0)
    problem: Mapped[str] = mapped_column(Text, default="")


class RunShard(Base):
    """One shard of a run; the lease is a worker's, where workers take messages."""

    __tablename__ = "run_shards"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    phase: Mapped[str] = mapped_column(String(8))
    status: Mapped[ShardState] = mapped_column(_of(ShardState))
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    seen: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    borderline: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ShardVerdicts(Base):
    """Verdicts on a shard: *codes* is zlib over a byte for each pair.

    0 is kept, k the reason `reasons[k - 1]` of the run.
    """

    __tablename__ = "shard_verdicts"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int]
    codes: Mapped[bytes] = mapped_column(LargeBinary)


class RunDrop(Base):
    """A pair that a run does not keep, at its *place* in the shard, and the reason.

    A person may overrule a *borderline* one. A foreign key would be looked up for each
    of millions of rows; the writer holds the run's own row instead.
    """

    __tablename__ = "run_drops"
    __table_args__ = (Index("run_drops_by_uid", "uid"),)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    uid: Mapped[bytes | None] = mapped_column(LargeBinary(UID_BYTES))
    key: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(64))
    borderline: Mapped[bool]


class Override(Base):
    """A person's verdict on a pair, in whatever data set it stands.

    Written once, never changed; the last one counts.
    """

    __tablename__ = "overrides"
    __table_args__ = (Index("overrides_by_uid", "uid"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[bytes] = mapped_column(LargeBinary(UID_BYTES))
    verdict: Mapped[OverrideVerdict] = mapped_column(_of(OverrideVerdict))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
