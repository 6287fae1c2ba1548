"""What a worker process of the local engine does until its line is closed."""

from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from datasets_cleaning.protocols import Done, Work

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
