"""Notifications to the workers of this machine, through named pipes, without a broker.

Each worker listens at a pipe of its own in one folder, and a notifier writes a byte
into every pipe of a queue. A full pipe notifies already; one without a reader belongs
to a worker that was killed, and is removed.
"""

import errno
import os
import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final, Self

import structlog

from vernissage.adapters.celery_notifier import PAINTING, SCREENING
from vernissage.errors import SettingsError

log = structlog.get_logger()

BYTES_AT_ONCE: Final = 1 << 16
"""As many as a pipe holds by default on Linux: one read empties it."""


@dataclass(frozen=True, slots=True)
class LocalNotifier:
    """Wakes the workers whose pipes are in *folder*."""

    folder: Path

    def screening(self) -> None:
        """Notify the screeners."""
        self._notify(SCREENING)

    def painting(self) -> None:
        """Notify the generators."""
        self._notify(PAINTING)

    def _notify(self, queue: str) -> None:
        for pipe in self.folder.glob(f"{queue}-*"):
            try:
                _write(pipe)
            except OSError as error:
                log.warning(
                    "notification_failed", queue=queue, error=type(error).__name__
                )


@dataclass(frozen=True, slots=True)
class Subscription:
    """The reading end of a worker's pipe; a writing end of its own keeps it open."""

    reading: int
    writing: int

    @classmethod
    @contextmanager
    def open(cls, folder: Path, queue: str) -> Iterator[Self]:
        """Subscribe to *queue* through *folder*, until the block ends."""
        name = f"{queue}-{os.getpid()}-{token_hex(4)}"
        hidden, pipe = folder / f".{name}", folder / name
        _make(hidden)
        reading = os.open(hidden, os.O_RDONLY | os.O_NONBLOCK)
        writing = os.open(hidden, os.O_WRONLY | os.O_NONBLOCK)
        hidden.rename(pipe)  # only now is it written to, or removed as a dead one
        try:
            yield cls(reading, writing)
        finally:
            pipe.unlink(missing_ok=True)
            os.close(reading)
            os.close(writing)

    def wait(self, seconds: float) -> bool:
        """Whether a notification came within *seconds*; it stands for all so far."""
        poll = select.poll()
        poll.register(self.reading, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return False
        with suppress(BlockingIOError):  # another thread was faster
            os.read(self.reading, BYTES_AT_ONCE)
        return True

    def wake(self) -> None:
        """End the `wait` of this very process; signal handlers may call it."""
        with suppress(BlockingIOError):
            os.write(self.writing, b"\0")


def _make(pipe: Path) -> None:
    try:
        pipe.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(pipe)
    except OSError as error:
        raise SettingsError(
            f"VERNISSAGE_HOME: cannot make a named pipe in {pipe.parent}:"
            f" {error.strerror}. Without a broker it has to be on a disk of this"
            " machine; VERNISSAGE_BROKER_URL names a broker."
        ) from error


def _write(pipe: Path) -> None:
    """Write a byte into *pipe*, or remove it if it has no reader."""
    try:
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return  # its worker has just stopped
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        pipe.unlink(missing_ok=True)
        return
    try:
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(descriptor, b"\0")
    finally:
        os.close(descriptor)
