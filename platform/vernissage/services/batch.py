"""Many artworks in one engine: they come and go between two ticks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from generation.request import Work
from moderation import Verdict
from vernissage.errors import EngineBroken
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock, Engine
from vernissage.services.heartbeat import Hand, where
from vernissage.services.leases import Lease
from vernissage.states import State

log = structlog.get_logger()

LOOK_EVERY: Final = timedelta(milliseconds=50)
"""How often at most is looked for more while something is under way."""


@dataclass(slots=True)
class Easel:
    """An artwork under way, the engine's *work* on it, and what its idea was worth."""

    lease: Lease
    work: Work
    idea: Verdict | None = None


@dataclass(slots=True, kw_only=True)
class Sitting:
    """What a painter has under way, from the first claim until nothing is left.

    *begin* gives an artwork to the engine. *advance* does what is due on an easel and
    answers whether the artwork is settled. With *only*, nothing else is claimed.
    """

    engine: Engine
    hand: Hand
    begin: Callable[[Artwork], Work]
    advance: Callable[[Easel], bool]
    clock: Clock
    stopping: Flag
    only: UUID | None = None
    easels: dict[Work, Easel] = field(default_factory=dict)
    looked_in_vain: datetime | None = None

    def paint(self) -> bool:
        """Paint until nothing waits or somebody is *stopping* it; whether anything did.

        What is unfinished then is out of the engine, and still in the hand. Raises
        EngineBroken.
        """
        began = False
        try:
            while not self.stopping.is_set():
                began |= self._fill()
                if not self.easels:
                    break
                self._tick()
        except EngineBroken as error:
            log.error("engine_broken", **where(error.__cause__ or error))  # noqa: TRY400  # a message may quote the prompt
            self.easels.clear()  # there is nothing left to cancel them in
            raise
        finally:
            for work in self.easels:
                self.engine.cancel(work)
        return began

    def _fill(self) -> bool:
        """Begin what waits as long as there is room; whether anything was begun."""
        began = False
        while self._has_room() and (lease := self._take()) is not None:
            self._begin(lease)
            began = True
        return began

    def _has_room(self) -> bool:
        """Whether another artwork may join: none does beside one that is retried.

        Whatever ended an attempt may have been the fault of one in the engine. Alone,
        it harms no other, and no other harms it.
        """
        if self.stopping.is_set() or len(self.easels) >= self.engine.capacity:
            return False
        return not any(easel.lease.retried for easel in self.easels.values())

    def _take(self) -> Lease | None:
        now, looked = self.clock(), self.looked_in_vain
        if self.easels and looked is not None and now - looked < LOOK_EVERY:
            return None
        try:
            lease = self.hand.take(
                State.QUEUED, only=self.only, fresh=bool(self.easels)
            )
        except SQLAlchemyError as error:
            if not self.easels:
                raise
            log.warning("claim_missed", error=type(error).__name__)
            lease = None
        self.looked_in_vain = now if lease is None else None
        return lease

    def _begin(self, lease: Lease) -> None:
        easel = None
        with self.hand.attempt(lease):
            easel = Easel(lease, self.begin(lease.artwork))
        if easel is not None:
            self.easels[easel.work] = easel
            self._advance(easel)  # a prior may have had nothing to ask

    def _tick(self) -> None:
        try:
            moved = self.engine.tick()
        except Exception as error:
            # whose fault it was nobody can say: each is tried again, alone
            for easel in self.easels.values():
                self.hand.fail(easel.lease, error)
            raise EngineBroken("the engine broke down between two steps") from error
        for work in moved:
            self._advance(self.easels[work])

    def _advance(self, easel: Easel) -> None:
        with self.hand.attempt(easel.lease):
            if self.advance(easel):
                self.hand.put_down(easel.lease)
        if easel.lease not in self.hand.held:
            del self.easels[easel.work]
            self.engine.cancel(easel.work)
