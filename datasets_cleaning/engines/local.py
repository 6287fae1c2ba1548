"""Worker processes on this machine, each with the models loaded once.

They are started from a fresh interpreter, neither forked (threads and CUDA don't
survive that) nor by multiprocessing, which would run the caller's script again. A
worker that is killed costs its shard one attempt, and another one takes its place.
"""

import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, Final, Self

from datasets_cleaning.errors import EngineError
from datasets_cleaning.protocols import RunTask, Task, TaskResult

MAX_FAILED_STARTS: Final = 3
"""The most workers in a row that may die before they have begun."""

STOP_SECONDS: Final = 10.0
"""Seconds that a worker without work has for leaving."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """As many worker processes as *workers*, from 1."""

    workers: int

    def run(self, tasks: Sequence[Task], run_task: RunTask) -> Iterator[TaskResult]:
        """The results of *tasks*, as they end; EngineError if no worker starts."""
        waiting, died_starting = deque(tasks), 0
        running: list[_WorkerProcess] = []
        try:
            while waiting or running:
                while waiting and len(running) < self.workers:
                    running.append(_WorkerProcess.started(run_task, waiting.popleft()))
                for worker in _readable(running):
                    done = worker.receive()
                    died_starting = 0 if worker.ready else died_starting + 1
                    if done is None:
                        continue
                    if died_starting == MAX_FAILED_STARTS:
                        raise EngineError(f"workers die as they start: {done.problem}")
                    yield done
                    if worker.lost or not waiting:
                        running.remove(worker)
                        worker.stop()
                    else:
                        worker.send(waiting.popleft())
        finally:
            for worker in running:
                worker.process.kill()
                worker.stop()


@dataclass(slots=True)
class _WorkerProcess:
    """A worker's place: its process, two lines, and what it has in work."""

    process: "subprocess.Popen[bytes]"
    orders: "Connection[Any, Any]"
    answers: "Connection[Any, Any]"
    task: Task
    ready: bool = False
    lost: bool = False

    @classmethod
    def started(cls, run_task: RunTask, task: Task) -> Self:
        """A new worker for *run_task*, with its first *task*."""
        its_orders, orders = Pipe(duplex=False)
        answers, its_answers = Pipe(duplex=False)
        ends = its_orders.fileno(), its_answers.fileno()
        code = (
            f"import sys; sys.path[:] = {sys.path!r};"
            f"from datasets_cleaning.engines.local import serve; serve{ends}"
        )
        # A group of its own: Ctrl-C is for the driver, which then ends its workers.
        process = subprocess.Popen(  # noqa: S603  # this interpreter, this package
            [sys.executable, "-c", code],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        its_orders.close()
        its_answers.close()
        worker = cls(process, orders, answers, task)
        worker.send(run_task)
        return worker

    def send(self, order: RunTask | Task) -> None:
        """Send *order*; that nobody is there any more shows at the next answer."""
        if isinstance(order, Task):
            self.task = order
        try:
            self.orders.send(order)
        except BrokenPipeError:
            self.lost = True

    def receive(self) -> TaskResult | None:
        """The worker's answer; a problem if it is gone, None while it begins."""
        try:
            answer: TaskResult | None = self.answers.recv()
        except (EOFError, OSError):
            self.lost = True
            code = self.process.wait()
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            return TaskResult(task=self.task, problem=f"its worker was ended {how}")
        if answer is READY:
            self.ready = True
            self.send(self.task)
        return answer

    def stop(self) -> None:
        """Close the lines, at which the worker goes, and see it off."""
        self.orders.close()
        self.answers.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _readable(running: Sequence[_WorkerProcess]) -> list[_WorkerProcess]:
    """The workers among *running* with an answer to read, or an end of line."""
    lines = wait([worker.answers for worker in running])
    return [worker for worker in running if worker.answers in lines]


READY = None
"""The answer of a worker that is ready for tasks."""


def serve(orders: int, answers: int) -> None:
    """Run the tasks that come through the pipe *orders*; answer through *answers*."""
    coming: Connection[None, Any] = Connection(orders, writable=False)
    going: Connection[TaskResult | None, None] = Connection(answers, readable=False)
    with suppress(EOFError, BrokenPipeError):
        run_task: RunTask = coming.recv()
        going.send(READY)
        while True:
            going.send(run_task(coming.recv()))
