"""The cleaning runs as a collection: started, driven, cancelled, resumed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from vernissage.cleaning.models import ENDED, Run, RunState
from vernissage.db.queue import FRESH
from vernissage.errors import Cancelled, NotFound, WrongState


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs as a collection."""

    session: Session

    def __getitem__(self, run_id: UUID) -> Run:
        """The run, or NotFound."""
        if (run := self.session.get(Run, run_id)) is None:
            raise NotFound(f"no cleaning run {run_id}")
        return run

    def newest(self, *, limit: int, offset: int = 0) -> list[Run]:
        """The runs that were started last."""
        return list(
            self.session.scalars(
                select(Run)
                .order_by(Run.asked_at.desc(), Run.id)
                .limit(limit)
                .offset(offset)
            )
        )

    def into(self, folder: str) -> Run | None:
        """The newest run into *folder*, or None."""
        return self.session.scalars(
            select(Run)
            .where(Run.folder == folder)
            .order_by(Run.asked_at.desc())
            .limit(1)
        ).one_or_none()

    def take(self, run_id: UUID, owner: str, now: datetime, until: datetime) -> Run:
        """Let *owner* drive that run, or raise WrongState while another does."""
        found = self._update(
            Run.id == run_id,
            or_(Run.state != RunState.RUNNING, _free(Run, now)),
            **_driven(owner, until),
        )
        if found is None:
            held = self[run_id]
            raise WrongState(
                f"{held.lease_owner} works on the run into {held.folder}"
                f" until {held.lease_until}: wait, or cancel it"
            )
        return found

    def next(self, owner: str, now: datetime, until: datetime) -> Run | None:
        """Let *owner* drive the oldest waiting run of the site; None without one.

        A run that a driver left unfinished counts as waiting once its lease has
        expired.
        """
        other = aliased(Run)
        first = (
            select(other.id)
            .where(_waits(other, now))
            .order_by(other.asked_at, other.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return self._update(
            Run.id == first.scalar_subquery(), _waits(Run, now), **_driven(owner, until)
        )

    def renew(self, run: Run, until: datetime) -> None:
        """Extend the lease on *run*, or raise Cancelled when it is lost."""
        self.change(run, lease_until=until)

    def change(self, run: Run, **values: Any) -> None:
        """Write *values* to a run that one drives, or raise Cancelled."""
        mine = (
            Run.id == run.id,
            Run.state == RunState.RUNNING,
            Run.lease_owner == run.lease_owner,
        )
        if self._update(*mine, **values) is None:
            raise Cancelled(f"the run into {run.folder} was cancelled or taken over")

    def guard(self, run: Run) -> None:
        """Raise Cancelled unless one drives *run*, until the transaction ends."""
        self.change(run, state=RunState.RUNNING)

    def cancel(self, run_id: UUID, now: datetime) -> Run:
        """Cancel the run, or raise WrongState when it has ended."""
        found = self._update(
            Run.id == run_id,
            Run.state.not_in(ENDED),
            state=RunState.CANCELLED,
            finished_at=now,
            lease_owner=None,
            lease_until=None,
        )
        return found or self._in_vain(run_id)

    def ask_again(self, run_id: UUID, actor: str) -> Run:
        """Let a run that has ended wait once more, started by *actor*.

        Finished shards are not done again; overrides made meanwhile take effect.
        WrongState while it is under way.
        """
        found = self._update(
            Run.id == run_id,
            Run.state.in_(ENDED),
            state=RunState.WAITING,
            started_by=actor,
            finished_at=None,
            problem="",
        )
        return found or self._in_vain(run_id)

    def _in_vain(self, run_id: UUID) -> Run:
        raise WrongState(f"the run {run_id} is {self[run_id].state.value}")

    def _update(self, *guards: Any, **values: Any) -> Run | None:
        return self.session.scalars(
            update(Run).where(*guards).values(values).returning(Run),
            execution_options=FRESH,
        ).one_or_none()


def _driven(owner: str, until: datetime) -> dict[str, Any]:
    return {
        "state": RunState.RUNNING,
        "lease_owner": owner,
        "lease_until": until,
        "finished_at": None,
        "problem": "",
    }


def _free(run: Any, now: datetime) -> Any:
    return or_(run.lease_until.is_(None), run.lease_until < now)


def _waits(run: Any, now: datetime) -> Any:
    abandoned = and_(
        run.state == RunState.RUNNING, run.started_by.is_not(None), _free(run, now)
    )
    return or_(run.state == RunState.WAITING, abandoned)
