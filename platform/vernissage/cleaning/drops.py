"""Dropped pairs of runs, and people's overrides."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from vernissage.cleaning.models import Override, OverrideVerdict, RunDrop
from vernissage.errors import NotFound


@dataclass(frozen=True, slots=True)
class Drops:
    """Dropped pairs as a collection."""

    session: Session

    def of(self, uid: bytes) -> list[RunDrop]:
        """The drops of the pair *uid* in all runs."""
        return list(
            self.session.scalars(
                select(RunDrop)
                .where(RunDrop.uid == uid)
                .order_by(RunDrop.run_id, RunDrop.shard, RunDrop.place)
            )
        )

    def at(self, run_id: UUID, shard: int, place: int) -> RunDrop:
        """The drop at one place of a run, or NotFound."""
        drop = self.session.get(RunDrop, (run_id, shard, place))
        if drop is None:
            raise NotFound(f"run {run_id} has no drop {place} in shard {shard}")
        return drop

    def borderline(self, run_id: UUID, *, limit: int) -> list[RunDrop]:
        """The first borderline drops that no person has decided on yet."""
        return list(
            self.session.scalars(
                _undecided(select(RunDrop), run_id)
                .order_by(RunDrop.shard, RunDrop.place)
                .limit(limit)
            )
        )

    def count_borderline(self, run_id: UUID) -> int:
        """The number of borderline drops that no person has decided on yet."""
        count = _undecided(select(func.count()).select_from(RunDrop), run_id)
        return int(self.session.scalars(count).one())

    def tallies(self, run_id: UUID) -> Counter[str]:
        """The number of dropped pairs for each reason."""
        rows = self.session.execute(
            select(RunDrop.reason, func.count().label("pairs"))
            .where(RunDrop.run_id == run_id)
            .group_by(RunDrop.reason)
        )
        return Counter({row.reason: row.pairs for row in rows})


@dataclass(frozen=True, slots=True)
class Overrides:
    """Overrides as a collection: they are only appended, and the last one counts."""

    session: Session

    def record(  # a record has the fields it has
        self,
        uid: bytes,
        verdict: OverrideVerdict,
        *,
        reason: str,
        actor: str,
        at: datetime,
    ) -> None:
        """Append the verdict of *actor* on the pair *uid*."""
        self.session.add(
            Override(uid=uid, verdict=verdict, reason=reason, actor=actor, at=at)
        )

    def of(self, uid: bytes) -> list[Override]:
        """The overrides of one pair, the oldest first."""
        return list(
            self.session.scalars(
                select(Override).where(Override.uid == uid).order_by(Override.id)
            )
        )

    def in_force(self) -> Mapping[bytes, bool]:
        """Whether each overridden pair is to be kept."""
        rows = self.session.execute(
            select(Override.uid, Override.verdict).order_by(Override.id)
        )
        return {uid: verdict is OverrideVerdict.KEEP for uid, verdict in rows}


def _undecided(query: Select[Any], run_id: UUID) -> Select[Any]:
    spoken = exists().where(Override.uid == RunDrop.uid)
    return query.where(RunDrop.run_id == run_id, RunDrop.borderline, ~spoken)
