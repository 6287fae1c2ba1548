"""The list that Kandinsky's trainers read: a picture's path and its caption."""

import csv
import io
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from datasets_cleaning.sinks.written import written

HEADING: Final = "image_name,caption\n"


def write_rows(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """Write a part of the list, without its heading: pictures' names and captions.

    The same rows give the same bytes. DestinationError when it can't be written.
    """
    with written(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        text.detach()


def gather(path: Path, parts: Iterable[Path]) -> None:
    """Write the whole list from its *parts*, in their order; or DestinationError."""
    with written(path) as file:
        file.write(HEADING.encode())
        for part in parts:
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, file)
