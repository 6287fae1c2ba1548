"""Processor time of one thread; the rest of the machine does not count."""

from collections.abc import Callable
from time import process_time


def seconds(action: Callable[[], object], *, rounds: int) -> float:
    """The least processor time that *action* took, after once that does not count."""
    action()
    return min(_once(action) for _ in range(rounds))


def _once(action: Callable[[], object]) -> float:
    began = process_time()
    action()
    return process_time() - began
