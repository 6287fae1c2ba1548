"""Sessions: `sessions()` reads, `sessions.begin()` writes and commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from vernissage.errors import SettingsError

BUSY_MILLISECONDS: Final = 30_000
"""Seconds that SQLite waits for another writer before it says that it is locked."""

PRAGMAS: Final = (
    f"busy_timeout = {BUSY_MILLISECONDS}",  # first: the next one may have to wait
    "journal_mode = WAL",
    "foreign_keys = ON",
)


class Sessions(sessionmaker[Session]):
    """A session factory whose `begin` declares at once that it will write.

    SQLite lets a transaction that has read begin to write only if no other wrote
    meanwhile; declared beforehand, it waits for its turn instead.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.engine = engine
        self.writer = engine.execution_options(writes=True)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls back what raised."""
        with self(bind=self.writer) as session, session.begin():
            yield session


def connect(url: str) -> Sessions:
    """A session factory for the database at *url*: SQLite, or PostgreSQL by psycopg."""
    return Sessions(open_engine(url))


def open_engine(url: str) -> Engine:
    """The engine of the database at *url*, with as many connections as threads ask."""
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError as error:
        # the URL may hold a password, so it is not shown
        raise SettingsError("VERNISSAGE_DATABASE_URL is no SQLAlchemy URL") from error
    if backend not in {"sqlite", "postgresql"}:
        raise SettingsError(f"the database is SQLite or PostgreSQL, got {backend!r}")
    engine = create_engine(
        url, max_overflow=-1, pool_pre_ping=True, hide_parameters=True
    )
    if backend == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    """Take transactions out of the driver's hands and set the pragmas."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
