"""The shards of a run: leases, states and results."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from vernissage.cleaning.models import Run, RunShard, RunState, ShardState
from vernissage.db.queue import FRESH
from vernissage.errors import Cancelled

ROWS = 1000
"""Numbers in one statement; SQLite takes 32,766 at most."""


@dataclass(frozen=True, slots=True)
class Shards:
    """Shards of the run *run_id* as a collection."""

    session: Session
    run_id: UUID

    def register(self, names: Mapping[int, str], phase: str) -> None:
        """Make a row for each shard, by number; existing rows stay as they are."""
        present = set(
            self.session.scalars(
                select(RunShard.number).where(RunShard.run_id == self.run_id)
            )
        )
        rows = [
            {
                "run_id": self.run_id,
                "number": number,
                "name": name,
                "phase": phase,
                "status": ShardState.WAITING,
            }
            for number, name in names.items()
            if number not in present
        ]
        if rows:
            self.session.execute(insert(RunShard), rows)

    def ask(self, numbers: Collection[int], phase: str) -> None:
        """Let the shards of these *numbers* wait for a worker."""
        wanted = list(numbers)
        for start in range(0, len(wanted), ROWS):
            self._update(
                RunShard.number.in_(wanted[start : start + ROWS]),
                phase=phase,
                status=ShardState.WAITING,
                lease_owner=None,
                lease_until=None,
                manifest=None,
                problem="",
            )

    def claim(
        self, number: int, phase: str, owner: str, until: datetime
    ) -> RunShard | None:
        """Claim a shard; None when it does not wait, or its run has no driver."""
        driven = select(Run.id).where(
            Run.id == self.run_id, Run.state == RunState.RUNNING
        )
        return self._update(
            RunShard.number == number,
            RunShard.phase == phase,
            RunShard.status == ShardState.WAITING,
            RunShard.run_id.in_(driven),
            status=ShardState.LEASED,
            attempts=RunShard.attempts + 1,
            lease_owner=owner,
            lease_until=until,
        )

    def change(self, shard: RunShard, **values: Any) -> None:
        """Write *values* to a shard that one holds, or raise Cancelled."""
        changed = self._update(
            RunShard.number == shard.number,
            RunShard.status == ShardState.LEASED,
            RunShard.lease_owner == shard.lease_owner,
            RunShard.attempts == shard.attempts,
            **values,
        )
        if changed is None:
            raise Cancelled(f"shard {shard.number} was taken over")

    def update(self, number: int, **values: Any) -> None:
        """Write *values* to a shard, whatever its lease."""
        self._update(RunShard.number == number, **values)

    def expired(self, now: datetime) -> set[int]:
        """The numbers of the shards whose leases have expired."""
        return set(
            self.session.scalars(
                select(RunShard.number).where(
                    RunShard.run_id == self.run_id,
                    RunShard.status == ShardState.LEASED,
                    RunShard.lease_until < now,
                )
            )
        )

    def give_up(self, number: int, now: datetime, problem: str) -> bool:
        """Fail a shard whose worker is lost; False when it came back meanwhile."""
        failed = self._update(
            RunShard.number == number,
            RunShard.status == ShardState.LEASED,
            RunShard.lease_until < now,
            status=ShardState.FAILED,
            problem=problem,
            lease_owner=None,
            lease_until=None,
        )
        return failed is not None

    def ended(self, phase: str) -> set[int]:
        """The numbers of the shards that are finished or failed."""
        return set(
            self.session.scalars(
                select(RunShard.number).where(
                    RunShard.run_id == self.run_id,
                    RunShard.phase == phase,
                    RunShard.status.in_((ShardState.DONE, ShardState.FAILED)),
                )
            )
        )

    def __getitem__(self, number: int) -> RunShard:
        """The shard of that *number*."""
        return self.session.get_one(RunShard, (self.run_id, number))

    def all(self) -> list[RunShard]:
        """The shards of the run, by number."""
        return list(
            self.session.scalars(
                select(RunShard)
                .where(RunShard.run_id == self.run_id)
                .order_by(RunShard.number)
            )
        )

    def sums(self) -> dict[ShardState, int]:
        """The number of shards in each state."""
        rows = self.session.execute(
            select(RunShard.status, func.count().label("shards"))
            .where(RunShard.run_id == self.run_id)
            .group_by(RunShard.status)
        )
        return {row.status: row.shards for row in rows}

    def _update(self, *guards: Any, **values: Any) -> RunShard | None:
        return self.session.scalars(
            update(RunShard)
            .where(RunShard.run_id == self.run_id, *guards)
            .values(values)
            .returning(RunShard),
            execution_options=FRESH,
        ).first()
