"""Heartbeat: a lease is renewed from a thread of its own while its holder works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Flag
from threading import Thread
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vernissage.errors import Cancelled

log = structlog.get_logger()

RENEWALS_PER_LEASE: Final = 3
"""Renewals of a lease within its length: two of them may fail."""


@contextmanager
def renewing(renew: Callable[[], None], *, length: timedelta) -> Iterator[Flag]:
    """Keep calling *renew*, for leases of that *length*, until the block ends.

    Yields a flag that is set once *renew* raises Cancelled, which ends the calls. A
    database that is away is asked again: meanwhile nobody else can claim either.
    """
    lost, ended = Flag(), Flag()
    seconds = length.total_seconds() / RENEWALS_PER_LEASE

    def loop() -> None:
        while not lost.is_set() and not ended.wait(seconds):
            try:
                renew()
            except Cancelled:
                lost.set()
            except SQLAlchemyError as error:
                log.warning("lease_not_renewed", error=type(error).__name__)

    thread = Thread(target=loop, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()
