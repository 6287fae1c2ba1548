"""Two lists beside the files.

What was kept stands in the columns that Kandinsky's trainers read; what was dropped
stands with its reason.
"""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from datasets_cleaning.record import Decision


@dataclass(frozen=True, slots=True)
class Ledger:
    """Writes a row of *kept* or a line of *dropped* for each record.

    *folder* stands before the name of each kept picture.
    """

    kept: TextIO
    dropped: TextIO
    folder: str

    def write(self, decision: Decision) -> None:
        """Write down what became of one record."""
        record, drop = decision.record, decision.drop
        if drop is None and record.image_part is not None:
            row = (f"{self.folder}{record.image_part.name}", record.caption)
            csv.writer(self.kept, lineterminator="\n").writerow(row)
        if drop is not None:
            line = {"key": record.key, "reason": drop.reason, "detail": drop.detail}
            self.dropped.write(json.dumps(line, ensure_ascii=False) + "\n")


@contextmanager
def ledger(root: Path, folder: str) -> Iterator[Ledger]:
    """The lists `kept.csv` and `dropped.jsonl` in *root*."""
    with (
        (root / "kept.csv").open("x", encoding="utf-8", newline="") as kept,
        (root / "dropped.jsonl").open("x", encoding="utf-8") as dropped,
    ):
        kept.write("image_name,caption\n")
        yield Ledger(kept, dropped, folder)
