"""Kandinsky's own table: a CSV file with the columns image_name and caption."""

import csv
from functools import partial
from pathlib import Path
from typing import Final

from generation.errors import DataError
from generation.training.image_dataset import Pictures, Source

COLUMNS: Final = ("image_name", "caption")


def table(file: Path) -> Pictures:
    """The pictures that the CSV *file* names, relative to its folder.

    DataError names every row without a picture or a caption.
    """
    sources, problems = [], []
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = csv.DictReader(opened)
            if missing := set(COLUMNS) - set(rows.fieldnames or ()):
                raise DataError(
                    f"{file} has no column {' and no '.join(sorted(missing))}:"
                    f" it needs {' and '.join(COLUMNS)}, and has"
                    f" {', '.join(rows.fieldnames or ()) or 'none'}"
                )
            for line, row in enumerate(rows, start=2):
                path = file.parent / (row["image_name"] or "")
                caption = (row["caption"] or "").strip()
                if not path.is_file():
                    problems.append(f"{file}, line {line}: no picture at {path}")
                elif not caption:
                    problems.append(f"{file}, line {line}: the caption is empty")
                sources.append(Source(str(path), partial(path.read_bytes), caption))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read the table {file}: {error}") from error
    return Pictures.of(sources, problems)
