"""Holding on to what one works on, from a thread of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vernissage.errors import Cancelled

log = structlog.get_logger()


@contextmanager
def held(renew: Callable[[], None], *, seconds: float) -> Iterator[Flag]:
    """Do *renew* every so many *seconds* until the block ends.

    Yields what is set once *renew* raises Cancelled. A database that is away is asked
    again: while it is, nobody else can take the lease either.
    """
    lost, over = Flag(), Flag()

    def beat() -> None:
        while not lost.is_set() and not over.wait(seconds):
            try:
                renew()
            except Cancelled:
                lost.set()
            except SQLAlchemyError as error:
                log.warning("lease_not_renewed", error=type(error).__name__)

    pulse = Thread(target=beat, daemon=True)
    pulse.start()
    try:
        yield lost
    finally:
        over.set()
        pulse.join()
