"""A site of real processes, for stories about what happens when they die."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.factories import stored
from tests.servers import Server
from vernissage.bootstrap import components
from vernissage.bootstrap.services import Services, build_services
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.db.migrate import upgrade
from vernissage.models.artworks import Artwork, Decision
from vernissage.settings import Settings
from vernissage.states import State

PATIENCE = 180.0
"""Seconds after which a story has gone wrong."""

JUDGED = frozenset({State.PUBLISHED, State.IN_REVIEW})
"""Where a picture ends that somebody painted: the toy's judges may not know it."""

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class GeneratorProcesses:
    """The process that forks generators: see generator_processes.py."""

    process: subprocess.Popen[str]
    weights: Path

    def generator(self, environment: dict[str, str]) -> int:
        """The process id of a new generator."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(environment), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())


@contextmanager
def generator_processes(folder: Path) -> Iterator[GeneratorProcesses]:
    """A process that forks generators, whose weights lie in *folder*."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.generator_processes", folder],
        cwd=ROOT,
        env=clean_environment(PYTHONPATH=f"{ROOT / 'platform'}:{ROOT}"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield GeneratorProcesses(process, folder)


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment with these *settings* and no others.

    Several processes share the machine: one thread each keeps torch from waiting.
    """
    inherited = {k: v for k, v in os.environ.items() if "VERNISSAGE" not in k}  # noqa: TID251  # for a child
    return {**inherited, "OMP_NUM_THREADS": "1", **settings}


@dataclass
class Site:
    """One database, one broker, a screener, and painters that come and go."""

    settings: Settings
    processes: GeneratorProcesses
    broker: Server | None
    generators: list[int] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The settings as a process reads them."""
        names = ("home", "database_url", "broker_url", "lease_seconds", "sweep_seconds")
        wanted = {name: str(getattr(self.settings, name)) for name in names}
        wanted["weights"] = str(self.processes.weights)
        return {f"VERNISSAGE_{name.upper()}": value for name, value in wanted.items()}

    @cached_property
    def services(self) -> Services:
        """The services that a visitor uses, in the process of the test."""
        return build_services(self.settings)

    def command(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command of the product, as its own process."""
        return subprocess.Popen(
            [sys.executable, "-m", "vernissage", *arguments],
            env=clean_environment(**self.environment),
            cwd=self.settings.home,
        )

    def scale_to(self, number: int) -> list[int]:
        """The process ids of the painters, brought to that *number*."""
        present = list(filter(exists, self.generators))
        self.generators, superfluous = present[:number], present[number:]
        self.stop(*superfluous)
        while len(self.generators) < number:
            self.generators.append(self.processes.generator(self.environment))
        return self.generators

    def stop(self, *generators: int) -> None:
        """Ask *painters* to go, and wait until they have gone."""
        for pid in generators:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        until(lambda: not any(map(exists, generators)))

    def queue(self, prompt: str, *, steps: int = 2, **columns: Any) -> UUID:
        """An artwork that waits for a painter; nobody was notified."""
        columns = {"prompt": prompt, "steps": steps, **columns}
        now = components.now()
        return stored(
            self.services.sessions,
            State.QUEUED,
            submitted_at=now,
            changed_at=now,
            **columns,
        ).id

    def artwork(self, artwork_id: UUID) -> Artwork:
        """How it stands now."""
        with self.services.sessions() as session:
            return Artworks(session)[artwork_id]

    def judged(self, artwork_id: UUID) -> Artwork:
        """How it stands once it was painted and judged."""
        until(lambda: self.artwork(artwork_id).state in JUDGED)
        return self.artwork(artwork_id)

    def steps_done(self, artwork_id: UUID) -> int:
        """How many steps of it were ever reported."""
        with self.services.sessions() as session:
            events = Events(session).after(artwork_id, 0)
        return sum(event.step is not None for event in events)

    def history(self, artwork_id: UUID) -> list[State]:
        """The states that it went through."""
        with self.services.sessions() as session:
            events = Events(session).after(artwork_id, 0)
        return [event.state for event in events if event.step is None]

    def decisions(self, artwork_id: UUID) -> list[Decision]:
        """What the gates said about it."""
        with self.services.sessions() as session:
            return list(Artworks(session)[artwork_id].decisions)


@contextmanager
def running_site(
    home: Path,
    processes: GeneratorProcesses,
    *,
    database_url: str = "",
    broker: Server | None = None,
) -> Iterator[Site]:
    """A site with short leases, until the block ends; so do its processes."""
    settings = Settings(
        home=home,
        database_url=database_url,
        broker_url=broker.url if broker else "memory://",
        lease_seconds=2,
        sweep_seconds=0.5,
    )
    upgrade(settings.database)
    site = Site(settings, processes, broker)
    screener = site.command("screen")
    try:
        yield site
    finally:
        site.scale_to(0)
        screener.terminate()
        screener.wait(PATIENCE)
        site.services.sessions.engine.dispose()


def exists(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


def until(happened: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return when it *happened*."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"nothing happened in {seconds} s"
        time.sleep(0.05)
