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
from datasets_cleaning.protocols import Done, Task, Work

TRIES: Final = 3
"""How many workers in a row may die before they have begun."""

PATIENCE: Final = 10.0
"""Seconds that a worker without work has for leaving."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """As many worker processes as *workers*, from 1."""

    workers: int

    def run(self, tasks: Sequence[Task], work: Work) -> Iterator[Done]:
        """How each of *tasks* ended, as they end; EngineError if no worker starts."""
        waiting, stillborn = deque(tasks), 0
        seats: list[_Seat] = []
        try:
            while waiting or seats:
                while waiting and len(seats) < self.workers:
                    seats.append(_Seat.taken(work, waiting.popleft()))
                for seat in _heard(seats):
                    done = seat.answer()
                    stillborn = 0 if seat.ready else stillborn + 1
                    if done is None:
                        continue
                    if stillborn == TRIES:
                        raise EngineError(f"workers die as they start: {done.problem}")
                    yield done
                    if seat.lost or not waiting:
                        seats.remove(seat)
                        seat.leave()
                    else:
                        seat.give(waiting.popleft())
        finally:
            for seat in seats:
                seat.process.kill()
                seat.leave()


@dataclass(slots=True)
class _Seat:
    """A worker's place: its process, two lines, and what it has in work."""

    process: "subprocess.Popen[bytes]"
    orders: "Connection[Any, Any]"
    answers: "Connection[Any, Any]"
    task: Task
    ready: bool = False
    lost: bool = False

    @classmethod
    def taken(cls, work: Work, task: Task) -> Self:
        """A new worker for *work*, with its first *task*."""
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
        seat = cls(process, orders, answers, task)
        seat.give(work)
        return seat

    def give(self, order: Work | Task) -> None:
        """Send *order*; that nobody is there any more shows at the next answer."""
        if isinstance(order, Task):
            self.task = order
        try:
            self.orders.send(order)
        except BrokenPipeError:
            self.lost = True

    def answer(self) -> Done | None:
        """What the worker said; a problem if it is gone, None while it begins."""
        try:
            said: Done | None = self.answers.recv()
        except (EOFError, OSError):
            self.lost = True
            code = self.process.wait()
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            return Done(task=self.task, problem=f"its worker was ended {how}")
        if said is READY:
            self.ready = True
            self.give(self.task)
        return said

    def leave(self) -> None:
        """Close the lines, at which the worker goes, and see it off."""
        self.orders.close()
        self.answers.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _heard(seats: Sequence[_Seat]) -> list[_Seat]:
    """Those of *seats* that have something to say, or nobody on them."""
    lines = wait([seat.answers for seat in seats])
    return [seat for seat in seats if seat.answers in lines]


READY = None
"""What a worker says when it has understood what it is to do."""


def serve(orders: int, answers: int) -> None:
    """Do the tasks that come through the pipe *orders*; say so through *answers*."""
    coming: Connection[None, Any] = Connection(orders, writable=False)
    going: Connection[Done | None, None] = Connection(answers, readable=False)
    with suppress(EOFError, BrokenPipeError):
        work: Work = coming.recv()
        going.send(READY)
        while True:
            going.send(work(coming.recv()))
