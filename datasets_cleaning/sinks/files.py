"""Kept pairs as single files, under the names that they had."""

from collections.abc import Iterable
from pathlib import Path

from datasets_cleaning.errors import DestinationError
from datasets_cleaning.pair import Pair
from datasets_cleaning.sinks.tars import files_of
from datasets_cleaning.sinks.written import written
from datasets_cleaning.sources.pairing import is_safe


def write_files(folder: Path, pairs: Iterable[Pair]) -> None:
    """Copy every file of *pairs* below *folder*; the same files over again are fine.

    DestinationError when one can't be written, SourceError when one can't be read;
    either way each file is there whole or not at all.
    """
    for pair in pairs:
        for blob in files_of(pair):
            if not is_safe(blob.name):
                raise DestinationError(f"no name for a file: {blob.name!a}")
            data = blob.read()
            with written(folder / blob.name) as file:
                file.write(data)
