"""The record of a cleaning job in the database."""

from dataclasses import dataclass, field
from typing import Any, Final, Self
from uuid import UUID, uuid4

from sqlalchemy import insert, update
from sqlalchemy.orm import Session, sessionmaker

from datasets_cleaning.record import Drop as DropReason
from datasets_cleaning.summary import Summary
from vernissage.db.tables import Drop, Job
from vernissage.ports import Clock

BATCH: Final = 1000
"""Drops that are written in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningLog:
    """One job's row, and a row for everything that it drops."""

    sessions: sessionmaker[Session]
    clock: Clock
    job_id: UUID
    waiting: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begun(
        cls,
        sessions: sessionmaker[Session],
        clock: Clock,
        *,
        source: str,
        plan: str,
        policy: str,
    ) -> Self:
        """The log of a job that begins now."""
        log = cls(sessions=sessions, clock=clock, job_id=uuid4())
        with sessions.begin() as session:
            session.add(
                Job(
                    id=log.job_id,
                    source=_readable(source),
                    plan=plan,
                    policy=policy,
                    started_at=clock(),
                )
            )
        return log

    def dropped(self, key: str, drop: DropReason) -> None:
        """Take down why the record *key* is not kept, sooner or later."""
        self.waiting.append(
            {
                "job_id": self.job_id,
                "key": _readable(key),
                "reason": drop.reason,
                "detail": _readable(drop.detail),
            }
        )
        if len(self.waiting) >= BATCH:
            with self.sessions.begin() as session:
                self._write(session)

    def finished(self, summary: Summary) -> None:
        """Take down what is left, and the sums."""
        with self.sessions.begin() as session:
            self._write(session)
            session.execute(
                update(Job)
                .where(Job.id == self.job_id)
                .values(finished_at=self.clock(), seen=summary.seen, kept=summary.kept)
            )

    def _write(self, session: Session) -> None:
        if self.waiting:
            session.execute(insert(Drop), self.waiting)
            self.waiting.clear()


def _readable(text: str) -> str:
    """*text* as any database stores it: no NUL, nothing that stands for a bad byte."""
    return text.replace("\0", "�").encode("utf-8", "backslashreplace").decode()
