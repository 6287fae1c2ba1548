"""One artwork, screened and painted here unless somebody else does it first."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Event as Flag
from time import sleep
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.artworks import Artworks, Events
from vernissage.errors import VernissageError
from vernissage.models.artworks import Artwork, Event
from vernissage.services.cancellation import Canceller
from vernissage.services.generation import Painter
from vernissage.services.recovery import Sweeper
from vernissage.services.screening import Screener
from vernissage.states import FINAL, State

SETTLED: Final = FINAL | {State.IN_REVIEW}
LOOK_EVERY: Final = 0.1
"""Seconds between two looks at the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Atelier:
    """Works under the same leases as the workers of an open house, if there is one.

    *studio* answers the painter; it loads the networks, so it is called when there is
    something to paint. The sweeper takes the work back from a worker that died.
    """

    sessions: sessionmaker[Session]
    screener: Screener
    studio: Callable[[], Painter]
    sweeper: Sweeper
    canceller: Canceller

    def finish(self, artwork: Artwork, on_event: Callable[[Event], None]) -> Artwork:
        """What becomes of *artwork*; whatever stops this from here cancels it."""
        over = Flag()
        with ThreadPoolExecutor(1, "atelier") as pool:
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
        painter: Painter | None = None
        while not over.is_set():
            if self.screener.screen(artwork_id):
                continue
            if self._waits_for_a_painter(artwork_id):
                painter = painter or self.studio()
                painter.paint(artwork_id)
                continue
            self.sweeper.sweep()
            over.wait(LOOK_EVERY)

    def _waits_for_a_painter(self, artwork_id: UUID) -> bool:
        with self.sessions() as session:
            return Artworks(session)[artwork_id].state is State.QUEUED
