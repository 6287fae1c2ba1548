"""What a broker does where there is none: notice that something waits, and ring."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Self

from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from vernissage.db.queue import Queue
from vernissage.states import State

GLANCE: Final = 0.005
"""Seconds between two looks at SQLite's change counter, which cost microseconds."""

POLL: Final = 0.25
"""Seconds between two questions to a database that has no such counter."""


@dataclass(slots=True)
class ChangeCounter:
    """Notices that any other connection wrote to one SQLite file."""

    connection: sqlite3.Connection
    seen: int | None = None

    @classmethod
    def of(cls, path: str) -> Self:
        """The counter of the database at *path*, for one thread at a time."""
        return cls(sqlite3.connect(path, isolation_level=None, check_same_thread=False))

    def __call__(self) -> bool:
        """Whether something was written since the last call; the first call says so."""
        row = self.connection.execute("PRAGMA data_version").fetchone()
        version = int(row[0])
        changed, self.seen = version != self.seen, version
        return changed


def always() -> bool:
    """Whether something was written, where nothing tells: perhaps."""
    return True


@dataclass(frozen=True, slots=True)
class Bell:
    """Rings once, and then not again before it is answered."""

    send: Callable[[], object]
    unanswered: Event = field(default_factory=Event)

    def ring(self) -> None:
        """Send a message unless one is on its way."""
        if not self.unanswered.is_set():
            self.unanswered.set()
            try:
                self.send()
            except Exception:
                self.unanswered.clear()
                raise

    def answered(self) -> None:
        """Let the next ring be heard: called before the first look at what waits."""
        self.unanswered.clear()


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks into the database when it changed and rings for what waits in *state*."""

    sessions: sessionmaker[Session]
    state: State
    bell: Bell
    changed: Callable[[], bool]
    pause: float

    @classmethod
    def over(
        cls, url: str, sessions: sessionmaker[Session], state: State, bell: Bell
    ) -> Self:
        """The watch that suits the database at *url*."""
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            counter = ChangeCounter.of(address.database)
            return cls(sessions, state, bell, counter, GLANCE)
        return cls(sessions, state, bell, always, POLL)

    def glance(self) -> None:
        """Look only if something changed."""
        if self.changed():
            self.look()

    def look(self) -> None:
        """Ring if something waits."""
        with self.sessions() as session:
            waits = Queue(session).waits(self.state)
        if waits:
            self.bell.ring()
