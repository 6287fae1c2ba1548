"""The cleaning runs as a collection: who asks for them, drives them, calls them off."""

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
    """All of them."""

    session: Session

    def __getitem__(self, run_id: UUID) -> Run:
        """The run, or NotFound."""
        if (run := self.session.get(Run, run_id)) is None:
            raise NotFound(f"no cleaning run {run_id}")
        return run

    def newest(self, *, limit: int, offset: int = 0) -> list[Run]:
        """The runs that were asked for last."""
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
        """Let *owner* drive that run, or raise WrongState while somebody else does."""
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
        """Let *owner* drive what was asked for first at the desk; None: nothing waits.

        What a driver left unfinished counts as waiting once its lease has run out.
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
        """Drive *run* longer, or raise Cancelled when it is no longer one's own."""
        self.change(run, lease_until=until)

    def change(self, run: Run, **values: Any) -> None:
        """Write *values* down of a run that one drives, or raise Cancelled."""
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
        """Call the run off; its driver learns so soon. WrongState when it has ended."""
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
        """Let a run that has ended be taken up once more, as *actor* wants it.

        Nothing that is done is done again; what people said meanwhile takes effect.
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
