"""Who waits pins a thread of the server, so there are only so many seats."""

from collections import Counter
from threading import Lock

from werkzeug.exceptions import TooManyRequests


class NoSlotFree(TooManyRequests):
    """Every seat is taken; ask without waiting."""


class ConnectionSlots:
    """At most *total* seats, and *each* for any one owner."""

    def __init__(self, *, total: int, each: int) -> None:
        self._total, self._each = total, each
        self._taken: Counter[str] = Counter()
        self._lock = Lock()

    def take(self, owner: str) -> None:
        """Sit down, or raise NoSeat."""
        with self._lock:
            full = self._taken.total() >= self._total
            if full or self._taken[owner] >= self._each:
                raise NoSlotFree
            self._taken[owner] += 1

    def leave(self, owner: str) -> None:
        """Give back the seat that *owner* took."""
        with self._lock:
            self._taken[owner] -= 1
            if not self._taken[owner]:
                del self._taken[owner]
