"""Connection slots: a waiting request holds a thread, so their number is limited."""

from collections import Counter
from threading import Lock

from werkzeug.exceptions import TooManyRequests


class NoSlotFree(TooManyRequests):
    """No slot is free; the client may ask again without waiting."""


class ConnectionSlots:
    """Slots for waiting requests: at most *total*, and *each* for any one owner."""

    def __init__(self, *, total: int, each: int) -> None:
        self._total, self._each = total, each
        self._taken: Counter[str] = Counter()
        self._lock = Lock()

    def take(self, owner: str) -> None:
        """Take a slot for *owner*, or raise NoSlotFree."""
        with self._lock:
            full = self._taken.total() >= self._total
            if full or self._taken[owner] >= self._each:
                raise NoSlotFree
            self._taken[owner] += 1

    def leave(self, owner: str) -> None:
        """Free the slot that *owner* took."""
        with self._lock:
            self._taken[owner] -= 1
            if not self._taken[owner]:
                del self._taken[owner]
