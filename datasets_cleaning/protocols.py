"""What a job asks of its surroundings."""

from collections.abc import Callable, Iterator
from typing import Protocol

from datasets_cleaning.record import Decision, Drop, Record
from datasets_cleaning.summary import Summary

Filter = Callable[[Record], Drop | None]
"""Gives the reason to drop a record, or None to let it pass."""


class Source(Protocol):
    """Records, each made anew whenever it is asked for."""

    def __len__(self) -> int:
        """How many records there are, faulty ones included."""
        ...

    def __iter__(self) -> Iterator[Record]:
        """Every record once, always in the same order."""
        ...


class Sink(Protocol):
    """Where records are written, kept and dropped ones apart."""

    def write(self, decision: Decision) -> None:
        """Write the files of one record, byte for byte."""
        ...


class Log(Protocol):
    """Where a job leaves its reasons and its sums."""

    def dropped(self, key: str, drop: Drop) -> None:
        """Take down why the record *key* is not kept."""
        ...

    def finished(self, summary: Summary) -> None:
        """Take down the sums."""
        ...
