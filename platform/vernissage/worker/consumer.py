"""The loop of a worker process: notifications wake it, sweeps find missed ones."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from signal import SIGINT, SIGTERM, signal
from threading import Event as Flag
from threading import Lock, Thread

import structlog

from vernissage.adapters.local_notifier import Subscription
from vernissage.bootstrap.components import notifications
from vernissage.bootstrap.workers import build_sweeper
from vernissage.errors import EngineBroken
from vernissage.services.recovery import Sweeper
from vernissage.settings import Settings
from vernissage.worker.app import MEMORY, application, broker, consume
from vernissage.worker.queues import WorkQueue

log = structlog.get_logger()


def stop_this_process() -> None:
    """Send this process, from any of its threads, the signal that stops it."""
    os.kill(os.getpid(), SIGTERM)


def call_at_stop(stop: Callable[[], object]) -> None:
    """Call *stop* in the main thread whenever the process is told to stop."""
    for number in (SIGTERM, SIGINT):
        signal(number, lambda *_: stop())


def run_worker(
    settings: Settings,
    queue: WorkQueue,
    process_all: Callable[[], object],
    stopping: Flag,
) -> int:
    """Let *process_all* process *queue* until told to stop; the exit status then."""
    return Worker(
        settings=settings,
        queue=queue,
        sweeper=build_sweeper(settings),
        process_all=process_all,
        stopping=stopping,
    ).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Calls *process_all* when something waits in *queue*, and sweeps in between.

    At each sweep it looks into the queue by itself, too: a notification may be lost,
    and Celery may come back from a broker's outage connected and deaf.

    *stopping* is set when the process is told to stop: *process_all* then returns soon.
    If it raises EngineBroken, the process *leaves* and another takes its place.
    """

    settings: Settings
    queue: WorkQueue
    sweeper: Sweeper
    process_all: Callable[[], object]
    stopping: Flag
    leave: Callable[[], None] = stop_this_process
    broken: Flag = field(default_factory=Flag)
    busy: Lock = field(default_factory=Lock)

    def run(self) -> int:
        """The exit status, once SIGTERM or SIGINT told it to stop."""
        kind = broker(self.settings)
        log.info("worker_started", queue=self.queue.name, broker=kind)
        with self._thread(self.sweeper.sweep):
            status = self._listen() if kind == MEMORY else self._take_messages()
        log.info("worker_stopped", queue=self.queue.name)
        return int(status or self.broken.is_set())

    def process(self) -> None:
        """Process until nothing waits; a second caller waits for the first one."""
        with self.busy:
            if self.stopping.is_set():
                return
            try:
                self.process_all()
            except EngineBroken:
                self.broken.set()
                self.stopping.set()
                self.leave()

    def repeat(self, act: Callable[[], object]) -> None:
        """Call *act* at once and at every sweep, until the process is told to stop."""
        self.guard(act)
        while not self.stopping.wait(self.settings.sweep_seconds):
            self.guard(act)

    def guard(self, act: Callable[[], object]) -> None:
        """Call *act*; an exception is logged: the next sweep tries again."""
        try:
            act()
        except Exception as error:  # noqa: BLE001  # tried again at the next sweep
            # further lines may quote a statement with its values
            first = str(error).partition("\n")[0]
            log.warning("round_failed", error=type(error).__name__, problem=first)

    @contextmanager
    def _thread(self, act: Callable[[], object]) -> Iterator[None]:
        """Repeats *act* in a thread of its own until the process is *stopping*."""
        thread = Thread(target=self.repeat, args=(act,), daemon=True)
        thread.start()
        yield
        thread.join()

    def _listen(self) -> int:
        """Process at each notification of this machine, in this very thread."""
        folder = notifications(self.settings)
        with Subscription.open(folder, self.queue.name) as subscription:

            def stop() -> None:
                self.stopping.set()
                subscription.wake()

            call_at_stop(stop)
            try:
                while not self.stopping.is_set():
                    self.guard(self.process)
                    subscription.wait(self.settings.sweep_seconds)
            finally:  # from here on there is no pipe to write to
                call_at_stop(self.stopping.set)
        return 0

    def _take_messages(self) -> int:
        """Process at each message of the broker, and at every sweep."""
        app = application(self.settings, self.queue, self.process)
        with self._thread(self.process):
            return consume(app, self.queue.name, self.stopping)
