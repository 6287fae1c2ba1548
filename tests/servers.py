"""Private servers for tests, each on a free loopback port in a folder of its own.

Where a server's program is missing the tests that need it are skipped with the name
of its Debian package; under ``CI=true`` they fail instead.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from kombu.connection import Connection

PATIENCE = 60.0
"""Seconds that a server may take to start or to stop."""


@dataclass(slots=True)
class Server:
    """A server program that can be stopped and started again, on the same port."""

    url: str
    command: Sequence[str | Path]
    answers: Callable[[], object]
    folder: Path
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it answers."""
        with (self.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                output_text = (self.folder / "output.txt").read_text("utf-8", "replace")
                pytest.fail(f"{self.command[0]} did not start:\n{output_text[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Return when it and everything that it started has ended."""
        if self.process is None:
            return
        # Fast shutdown for PostgreSQL, an orderly one for everything else.
        gentle = signal.SIGINT if "postgres" in str(self.command[0]) else signal.SIGTERM
        self.process.send_signal(gentle)
        try:
            self.process.wait(PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
            self.process = None

    def _ready(self) -> bool:
        try:
            self.answers()
        except Exception:  # noqa: BLE001  # not yet: each client has its own words
            return False
        return True


def free_port() -> int:
    """A loopback port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def redis_server() -> Iterator[Server]:
    """Redis without persistence: what is queued when it stops is gone."""
    program, port = _program("redis-server", package="redis-server"), free_port()
    url = f"redis://127.0.0.1:{port}/0"
    # fmt: off
    command: list[str | Path] = [
        program, "--port", str(port), "--bind", "127.0.0.1", "--save", "",
        "--appendonly", "no", "--daemonize", "no",
    ]
    # fmt: on
    with _folder() as folder:
        yield from _running(Server(url, command, lambda: _connect(url), folder))


@contextmanager
def rabbitmq_server() -> Iterator[Server]:
    """RabbitMQ with its own port mapper, cookie and data."""
    program = _program("rabbitmq-server", package="rabbitmq-server")
    mapper = _program("epmd", package="rabbitmq-server")
    port, node_port, mapper_port = free_port(), free_port(), free_port()
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    loopback = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(mapper_port)}
    with _folder() as folder:
        (folder / "plugins").write_text("[].")
        environment = {
            "HOME": str(folder),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_DIST_PORT": str(node_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_NODENAME": f"test{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface"
            " {127,0,0,1} +S 1:1 +sbwt none",
            **loopback,
        }
        # fmt: off
        mapping: list[str | Path] = [
            mapper, "-address", "127.0.0.1", "-port", str(mapper_port),
        ]
        # fmt: on
        maps = Server(
            "",
            mapping,
            lambda: socket.create_connection(("127.0.0.1", mapper_port), 1).close(),
            folder,
        )
        broker = Server(
            url, [program], lambda: _connect(url), folder, environment=environment
        )
        for _ in _running(maps):
            yield from _running(broker)


@contextmanager
def postgresql_server() -> Iterator[Server]:
    """PostgreSQL with one database and no password."""
    initialise = _program("initdb", package="postgresql")
    program, port = _program("postgres", package="postgresql"), free_port()
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    owner = user or pwd.getpwuid(os.geteuid()).pw_name
    address = f"{owner}@127.0.0.1:{port}/postgres"
    with _folder(user) as folder:
        data = folder / "data"
        subprocess.run(
            [initialise, "--pgdata", data, "--auth", "trust", "--encoding", "UTF8"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
            user=user,
        )
        # fmt: off
        command: list[str | Path] = [
            program, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder,
            "-c", "fsync=off",
        ]
        # fmt: on
        server = Server(
            f"postgresql+psycopg://{address}",
            command,
            lambda: psycopg.connect(
                f"postgresql://{address}", connect_timeout=1
            ).close(),
            folder,
            user,
        )
        yield from _running(server)


def _running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _connect(url: str) -> None:
    with Connection(url, connect_timeout=1) as connection:
        connection.connect()


@contextmanager
def _folder(user: str | None = None) -> Iterator[Path]:
    """A short path that *user* may enter: pytest's own folders are root's alone."""
    folder = Path(mkdtemp(prefix="vernissage-"))
    if user is not None:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _program(name: str, *, package: str) -> Path:
    """The path of *name* on Debian; without it, skip the test, or fail it in CI."""
    candidates = [
        Path(f"/usr/lib/rabbitmq/bin/{name}"),
        *sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True),
    ]
    places = (path for path in candidates if path.exists())
    if found := next(places, shutil.which(name, path=f"{os.defpath}:/usr/sbin")):
        return Path(found)
    problem = f"{name} is not installed: apt-get install {package}"
    if os.environ.get("CI") == "true":  # noqa: TID251  # a fact about the machine
        pytest.fail(problem)
    pytest.skip(problem)
