"""Without a broker, real workers start at once on what other processes submit."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from tests.factories import stored
from tests.journeys.site import clean_environment, until
from vernissage.bootstrap import components
from vernissage.bootstrap.services import Services, build_services
from vernissage.db.artworks import Artworks
from vernissage.db.migrate import upgrade
from vernissage.models.artworks import Artwork
from vernissage.settings import Settings
from vernissage.states import State

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
NO_SWEEP = 3600.0
"""Seconds between two sweeps that are more than a test takes."""

SCREENER = """
import sys
from vernissage import logs
from vernissage.bootstrap.workers import build_screener
from vernissage.settings import Settings
from vernissage.worker.consumer import run_worker
from vernissage.worker.queues import SCREENING

def screen_all():
    began = service.screen_all()
    print("idle", flush=True)
    return began

logs.configure("WARNING")
settings = Settings.load()
service = build_screener(settings)
sys.exit(run_worker(settings, SCREENING, screen_all, service.stopping))
"""
"""What `vernissage screen` does, and a line whenever nothing waits any longer."""


@dataclass
class Machine:
    """A data folder and the screeners that work in it."""

    settings: Settings
    screeners: list[subprocess.Popen[str]] = field(default_factory=list)

    @cached_property
    def services(self) -> Services:
        return build_services(self.settings)

    def start(self) -> subprocess.Popen[str]:
        """A screener, once it has nothing to do."""
        names = ("home", "database_url", "sweep_seconds")
        settings = {
            f"VERNISSAGE_{name.upper()}": str(getattr(self.settings, name))
            for name in names
        }
        process = subprocess.Popen(
            [sys.executable, "-c", SCREENER],
            env=clean_environment(PYTHONPATH=f"{ROOT / 'platform'}:{ROOT}", **settings),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.screeners.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "idle\n"
        return process

    def submit(self) -> Artwork:
        submit = self.services.submitter.submit
        return submit(prompt="a quiet lake", aspect="1:1", owner="anna")

    def wait_until_screened(self, artwork: Artwork) -> None:
        def screened() -> bool:
            with self.services.sessions() as session:
                return Artworks(session)[artwork.id].state is State.QUEUED

        until(screened, 60)


@contextmanager
def a_machine(settings: Settings) -> Iterator[Machine]:
    upgrade(settings.database)
    machine = Machine(settings)
    try:
        yield machine
    finally:
        for process in machine.screeners:
            process.terminate()
            process.communicate(timeout=60)
        machine.services.sessions.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, or nothing for SQLite in the data folder."""
    if request.param == "sqlite":
        return ""
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def machine(tmp_path: Path, database: str) -> Iterator[Machine]:
    settings = Settings(home=tmp_path, database_url=database, sweep_seconds=NO_SWEEP)
    with a_machine(settings) as machine:
        yield machine


def test_idle_workers_are_woken_and_a_killed_one_hinders_none(machine):
    victim, _ = machine.start(), machine.start()
    machine.wait_until_screened(machine.submit())
    victim.send_signal(signal.SIGKILL)
    victim.wait(60)

    artwork = machine.submit()

    machine.wait_until_screened(artwork)
    assert len(list((machine.settings.home / "notifications").iterdir())) == 1


def test_what_was_submitted_before_the_worker_started_is_processed(machine):
    artwork = machine.submit()

    machine.start()

    machine.wait_until_screened(artwork)


def test_what_nobody_was_notified_of_is_found_at_a_sweep(tmp_path):
    with a_machine(Settings(home=tmp_path, sweep_seconds=0.2)) as machine:
        machine.start()

        artwork = stored(machine.services.sessions, submitted_at=components.now())

        machine.wait_until_screened(artwork)
