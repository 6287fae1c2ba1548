"""Batch: artworks that one engine generates together, joining and leaving at ticks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from generation.request import GenerationRequest
from moderation import Verdict
from vernissage.errors import EngineBroken
from vernissage.logs import error_fields
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock, Engine
from vernissage.services.leases import Lease, LeaseSet
from vernissage.states import State

log = structlog.get_logger()

CLAIM_AGAIN_AFTER: Final = timedelta(milliseconds=50)
"""The pause after a claim that found nothing, while something is in flight."""


@dataclass(slots=True)
class InFlight:
    """A claimed artwork, its *request* in the engine, its embedding's verdict."""

    lease: Lease
    request: GenerationRequest
    embedding_verdict: Verdict | None = None


@dataclass(slots=True, kw_only=True)
class Batch:
    """The artworks that a generator has in flight, from first claim to last result.

    *begin* gives an artwork to the engine. *advance* does what is due after a step and
    answers whether the artwork is settled. With *only*, nothing else is claimed.
    """

    engine: Engine
    leases: LeaseSet
    begin: Callable[[Artwork], GenerationRequest]
    advance: Callable[[InFlight], bool]
    clock: Clock
    stopping: Flag
    only: UUID | None = None
    in_flight: dict[GenerationRequest, InFlight] = field(default_factory=dict)
    found_nothing_at: datetime | None = None

    def run(self) -> bool:
        """Generate until nothing waits or *stopping* is set; whether any artwork began.

        An artwork unfinished by then is out of the engine, and its lease still held.
        Raises EngineBroken.
        """
        began = False
        try:
            while not self.stopping.is_set():
                began |= self._fill()
                if not self.in_flight:
                    break
                self._tick()
        except EngineBroken as error:
            log.error("engine_broken", **error_fields(error.__cause__ or error))  # noqa: TRY400  # a message may quote the prompt
            self.in_flight.clear()  # there is nothing left to cancel them in
            raise
        finally:
            for request in self.in_flight:
                self.engine.cancel(request)
        return began

    def _fill(self) -> bool:
        """Claim and begin artworks while a slot is free; whether anything was begun."""
        began = False
        while self._has_free_slot() and (lease := self._claim()) is not None:
            self._begin(lease)
            began = True
        return began

    def _has_free_slot(self) -> bool:
        """Whether another artwork may join: none does beside one that is retried.

        A failed attempt may have been the fault of any artwork in the engine. Alone, it
        harms no other, and no other harms it.
        """
        if self.stopping.is_set() or len(self.in_flight) >= self.engine.capacity:
            return False
        return not any(item.lease.retried for item in self.in_flight.values())

    def _claim(self) -> Lease | None:
        now, last = self.clock(), self.found_nothing_at
        if self.in_flight and last is not None and now - last < CLAIM_AGAIN_AFTER:
            return None
        try:
            lease = self.leases.claim(
                State.QUEUED,
                only=self.only,
                first_attempts_only=bool(self.in_flight),
            )
        except SQLAlchemyError as error:
            if not self.in_flight:
                raise
            log.warning("claim_failed", error=type(error).__name__)
            lease = None
        self.found_nothing_at = now if lease is None else None
        return lease

    def _begin(self, lease: Lease) -> None:
        item = None
        with self.leases.attempt(lease):
            item = InFlight(lease, self.begin(lease.artwork))
        if item is not None:
            self.in_flight[item.request] = item
            self._advance(item)  # a prior may have had nothing to ask

    def _tick(self) -> None:
        try:
            moved = self.engine.tick()
        except Exception as error:
            # whose fault it was nobody can say: each is tried again, alone
            for item in self.in_flight.values():
                self.leases.fail(item.lease, error)
            raise EngineBroken("the engine broke down between two steps") from error
        for request in moved:
            self._advance(self.in_flight[request])

    def _advance(self, item: InFlight) -> None:
        with self.leases.attempt(item.lease):
            if self.advance(item):
                self.leases.release(item.lease)
        if item.lease not in self.leases.held:
            del self.in_flight[item.request]
            self.engine.cancel(item.request)
