"""Settings, database sessions and runs for the cleaning commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from vernissage.cleaning.models import Run
from vernissage.cleaning.runs import Runs
from vernissage.db.session import Sessions
from vernissage.errors import NotFound
from vernissage.settings import Settings


@contextmanager
def database(*, level: str = "WARNING") -> Iterator[tuple[Settings, Sessions]]:
    """The settings, and sessions on their database, which is brought up to date."""
    from vernissage.bootstrap import components
    from vernissage.bootstrap.data_dir import data_dir
    from vernissage.cli.environment import load_settings
    from vernissage.db import migrate

    settings = load_settings(level=level)
    data_dir(settings)
    migrate.upgrade(settings.database)
    sessions = components.sessions(settings)
    try:
        yield settings, sessions
    finally:
        sessions.engine.dispose()


def run_of(sessions: Sessions, named: str) -> Run:
    """The run that is *named* by its id or its folder, or NotFound."""
    with sessions() as session:
        if run := Runs(session).into(str(Path(named).resolve())):
            return run
        try:
            return Runs(session)[UUID(named)]
        except ValueError:
            raise NotFound(
                f"no run into {named} is on record here: begin one with"
                " `vernissage clean run SOURCE --to DIR`"
            ) from None
