"""The whole house under its supervisor: it opens, closes at Ctrl-C, and opens again."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.factories import stored
from tests.generation.toy import save_toy
from tests.journeys.site import JUDGED, clean_environment, exists, until
from tests.servers import free_port
from vernissage.bootstrap import components
from vernissage.db.artworks import Artworks
from vernissage.settings import Settings
from vernissage.states import State

pytestmark = pytest.mark.enable_socket

PATIENCE = 120.0


class RunningHouse:
    """The command `vernissage run`, and what it says."""

    def __init__(self, folder: Path, port: int) -> None:
        self.output = folder / "output.txt"
        self.settings = Settings(home=folder / "var", port=port)
        environment = clean_environment(
            VERNISSAGE_HOME=str(self.settings.home),
            VERNISSAGE_LEASE_SECONDS="2",
            VERNISSAGE_PORT=str(port),
            VERNISSAGE_WEIGHTS=str(folder / "toy"),
        )
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vernissage", "run"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def says(self, pattern: str) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return re.search(pattern, self.output.read_text()) is not None

    @property
    def password(self) -> str:
        return self.output.read_text().partition("One-time password: ")[2].split()[0]

    def family(self) -> dict[int, str]:
        """Process id and command of everything that the supervisor started."""
        parents, commands = {}, {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # ended meanwhile
                _, _, state = (process / "stat").read_text().rpartition(") ")
                parents[int(process.name)] = int(state.split()[1])
                commands[int(process.name)] = (process / "cmdline").read_text()
        found = {self.process.pid}
        while more := {p for p, parent in parents.items() if parent in found} - found:
            found |= more
        return {pid: commands[pid] for pid in found - {self.process.pid}}

    def close(self) -> None:
        """Do what Ctrl-C in a terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(PATIENCE)


@contextmanager
def running(folder: Path, port: int) -> Iterator[RunningHouse]:
    site = RunningHouse(folder, port)
    try:
        until(lambda: site.says("Vernissage is ready at"), PATIENCE)
        yield site
    finally:
        if site.process.poll() is None:
            site.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_toy(tmp_path / "toy")
    return tmp_path


def generators(site):
    return [pid for pid, command in site.family().items() if "paint" in command]


def state_of(artwork_id, sessions):
    with sessions() as session:
        return Artworks(session)[artwork_id].state


def test_ctrl_c_ends_every_process_and_loses_nothing(folder):
    port = free_port()
    with running(folder, port) as site:
        first_password = site.password
        with urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
            assert answer.status == 200
        until(lambda: site.says("queue=painting"), PATIENCE)
        family = site.family()
        sessions = components.sessions(site.settings)
        artwork = stored(
            sessions, State.QUEUED, steps=40, submitted_at=components.now()
        )
        until(lambda: state_of(artwork.id, sessions) is State.PAINTING)

        site.close()

    assert len(family) > 3
    assert not any(map(exists, family))
    assert site.process.returncode == 0
    with running(folder, port) as site:
        second_password = site.password
        until(lambda: state_of(artwork.id, sessions) in JUDGED, PATIENCE)
    assert first_password != second_password
    sessions.engine.dispose()


def test_a_painter_that_dies_is_started_again_and_the_door_stays_open(folder):
    port = free_port()
    with running(folder, port) as site:
        until(lambda: generators(site), PATIENCE)
        [generator] = generators(site)

        os.kill(generator, signal.SIGKILL)

        until(lambda: site.says("exited: paint"), PATIENCE)
        until(lambda: generators(site), PATIENCE)
        with urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
            assert answer.status == 200
        configuration = site.settings.home / "supervisord.conf"
        assert stat.S_IMODE(configuration.stat().st_mode) == 0o600


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_port_in_use_is_one_clear_line(command, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refusal = subprocess.run(
            [sys.executable, "-m", "vernissage", command],
            env=clean_environment(
                VERNISSAGE_HOME=str(tmp_path), VERNISSAGE_PORT=str(port)
            ),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    [line] = refusal.stderr.splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "VERNISSAGE_PORT" in line
    assert refusal.returncode == 1


def test_a_home_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()

    refusal = subprocess.run(
        [sys.executable, "-m", "vernissage", "run"],
        env=clean_environment(VERNISSAGE_HOME=str(tmp_path / "file" / "home")),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    [line] = refusal.stderr.splitlines()
    assert "VERNISSAGE_HOME" in line
    assert refusal.returncode == 1
