"""What one worker holds, be it one artwork or a dozen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread
from typing import Self
from uuid import UUID

import structlog

from vernissage.errors import Cancelled, EngineBroken
from vernissage.services.leases import Lease, Leases
from vernissage.states import State

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hand:
    """Takes *leases* and lets go of them; what it holds is renewed by one thread."""

    leases: Leases
    held: list[Lease] = field(default_factory=list)

    @classmethod
    @contextmanager
    def of(cls, leases: Leases) -> Iterator[Self]:
        """An empty hand, until the end of the block.

        What it holds even then is given back and costs no attempt: the worker goes,
        which is no fault of the artwork.
        """
        hand, over = cls(leases), Flag()
        pulse = Thread(target=hand._renew_until, args=(over,), daemon=True)
        pulse.start()
        try:
            yield hand
        finally:
            over.set()
            pulse.join()
            for lease in hand.held:
                leases.give_back(lease.artwork, counted=False)

    def take(
        self, waiting: State, *, only: UUID | None = None, fresh: bool = False
    ) -> Lease | None:
        """Take what is handed out, if anything is: see `Leases.claim`."""
        lease = self.leases.claim(waiting, only=only, fresh=fresh)
        if lease is not None:
            self.held.append(lease)
        return lease

    def work_on_next(
        self, waiting: State, work: Callable[[Lease], None], *, only: UUID | None = None
    ) -> bool:
        """Do *work* on the next artwork *waiting*; False when there is none."""
        lease = self.take(waiting, only=only)
        if lease is None:
            return False
        with self.attempt(lease):
            work(lease)
            self.put_down(lease)
        return True

    @contextmanager
    def attempt(self, lease: Lease) -> Iterator[None]:
        """Whatever goes wrong in the block costs that artwork the attempt, no more."""
        try:
            yield
        except Cancelled:
            artwork = lease.artwork
            log.info("work_dropped", artwork=str(artwork.id), attempt=artwork.attempt)
            self.put_down(lease)
        except EngineBroken as error:
            self.fail(lease, error.__cause__ or error)
            raise
        except Exception as error:  # noqa: BLE001  # the other artworks go on
            self.fail(lease, error)

    def fail(self, lease: Lease, error: BaseException) -> None:
        """Give the artwork back, or up, since *error* spoilt this attempt."""
        artwork = lease.artwork
        log.error(
            "attempt_failed",
            artwork=str(artwork.id),
            attempt=artwork.attempt,
            **where(error),
        )
        self.put_down(lease)
        self.leases.give_back(artwork, counted=True)

    def put_down(self, lease: Lease) -> None:
        """Hold *lease* no longer: nothing is left to do for its artwork."""
        self.held.remove(lease)

    def _renew_until(self, over: Flag) -> None:
        while not over.wait(self.leases.length.total_seconds() / 3):
            for lease in tuple(self.held):
                lease.renew()


def where(error: BaseException) -> dict[str, str]:
    """The kind and the place of *error*, whose message may quote a prompt."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace else None
    place = f"{code.co_filename}:{trace.tb_lineno}" if trace and code else "unknown"
    return {"error": type(error).__name__, "where": place}
