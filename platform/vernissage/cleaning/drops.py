"""What runs did not keep, and what people say about it."""

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
    """The pairs that runs do not keep."""

    session: Session

    def of(self, uid: bytes) -> list[RunDrop]:
        """Every run's drop of the pair *uid*."""
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
        """The first of the doubtful ones that no person has spoken of yet."""
        return list(
            self.session.scalars(
                _undecided(select(RunDrop), run_id)
                .order_by(RunDrop.shard, RunDrop.place)
                .limit(limit)
            )
        )

    def count_borderline(self, run_id: UUID) -> int:
        """How many doubtful ones no person has spoken of yet."""
        count = _undecided(select(func.count()).select_from(RunDrop), run_id)
        return int(self.session.scalars(count).one())

    def tallies(self, run_id: UUID) -> Counter[str]:
        """How many pairs the run drops for which reason."""
        rows = self.session.execute(
            select(RunDrop.reason, func.count().label("pairs"))
            .where(RunDrop.run_id == run_id)
            .group_by(RunDrop.reason)
        )
        return Counter({row.reason: row.pairs for row in rows})


@dataclass(frozen=True, slots=True)
class Overrides:
    """People's words about pairs: they only grow, and the last one counts."""

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
        """Append what *actor* says about the pair *uid*."""
        self.session.add(
            Override(uid=uid, verdict=verdict, reason=reason, actor=actor, at=at)
        )

    def of(self, uid: bytes) -> list[Override]:
        """Everything that was said about one pair, the oldest first."""
        return list(
            self.session.scalars(
                select(Override).where(Override.uid == uid).order_by(Override.id)
            )
        )

    def in_force(self) -> Mapping[bytes, bool]:
        """For each pair that a person has spoken of, whether it is to be kept."""
        rows = self.session.execute(
            select(Override.uid, Override.verdict).order_by(Override.id)
        )
        return {uid: verdict is OverrideVerdict.KEEP for uid, verdict in rows}


def _undecided(query: Select[Any], run_id: UUID) -> Select[Any]:
    spoken = exists().where(Override.uid == RunDrop.uid)
    return query.where(RunDrop.run_id == run_id, RunDrop.borderline, ~spoken)
