"""Where image-text pairs go: kept and dropped apart, every byte as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from datasets_cleaning.protocols import Sink
from datasets_cleaning.record import Decision
from datasets_cleaning.sinks.destination import prepare
from datasets_cleaning.sinks.files import Files
from datasets_cleaning.sinks.ledger import Ledger, ledger
from datasets_cleaning.sinks.tars import tars


@dataclass(frozen=True, slots=True)
class FilesAndLedger:
    """Writes the files of a record, then its line."""

    files: Sink
    ledger: Ledger

    def write(self, decision: Decision) -> None:
        """Write one record."""
        self.files.write(decision)
        self.ledger.write(decision)


@contextmanager
def open_sink(destination: Path, source: Path) -> Iterator[Sink]:
    """A sink of the same kind as *source* in the new folder *destination*."""
    prepare(destination, source)
    if source.is_dir():
        with ledger(destination, "kept/") as lists:
            yield FilesAndLedger(Files(destination), lists)
    else:
        with ledger(destination, "") as lists, tars(destination, source.name) as files:
            yield FilesAndLedger(files, lists)
