"""Screener and generator of one process, for one artwork: the command line's."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Event as Flag
from time import sleep
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.errors import VernissageError
from vernissage.models.artworks import Artwork, Event
from vernissage.services.generation import Generator
from vernissage.services.recovery import Sweeper
from vernissage.services.screening import Screener
from vernissage.services.submission import Canceller
from vernissage.states import FINAL, State

SETTLED: Final = FINAL | {State.IN_REVIEW}


LOOK_EVERY: Final = 0.1
"""Seconds between two reads of the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWorkers:
    """Screener and generator of this process, under the same leases as all others.

    *build_generator* loads the networks, so it is called when there is something to
    generate. The sweeper takes the artwork back from a worker that died.
    """

    sessions: sessionmaker[Session]
    screener: Screener
    build_generator: Callable[[], Generator]
    sweeper: Sweeper
    canceller: Canceller

    def finish(self, artwork: Artwork, on_event: Callable[[Event], None]) -> Artwork:
        """The settled *artwork*; whatever interrupts this cancels it."""
        over = Flag()
        with ThreadPoolExecutor(1, "workers") as pool:
            work = pool.submit(self._work, artwork.id, over)
            try:
                return self._follow(artwork.id, work, on_event)
            except BaseException:
                with suppress(VernissageError):
                    self.canceller.cancel(artwork.id, owner=artwork.owner)
                raise
            finally:
                over.set()

    def _follow(
        self, artwork_id: UUID, work: Future[None], on_event: Callable[[Event], None]
    ) -> Artwork:
        seen = 0
        while True:
            with self.sessions() as session:
                artwork = Artworks(session)[artwork_id]
                for event in Events(session).after(artwork_id, seen):
                    on_event(event)
                    seen = event.id
            if artwork.state in SETTLED:
                return artwork
            if work.done():
                work.result()
            sleep(LOOK_EVERY)

    def _work(self, artwork_id: UUID, over: Flag) -> None:
        generator: Generator | None = None
        while not over.is_set():
            if self.screener.screen(artwork_id):
                continue
            if self._waits_for_a_generator(artwork_id):
                generator = generator or self.build_generator()
                generator.generate(artwork_id)
                continue
            self.sweeper.sweep()
            over.wait(LOOK_EVERY)

    def _waits_for_a_generator(self, artwork_id: UUID) -> bool:
        with self.sessions() as session:
            return Artworks(session)[artwork_id].state is State.QUEUED
