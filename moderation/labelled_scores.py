"""Recorded scores with the labels of reviewers: CSV files for `moderation.calibrate`.

The columns `work, gate, lang, category, score, label` are read; `gate` is a table of a
policy, `label` is 1, 0, or empty where nobody knows. No prompt is part of it: the
scores are all that a calibration needs.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from moderation.errors import ModerationError
from moderation.policy import REQUIRED_TABLES
from moderation.verdict import Category

COLUMNS = ("work", "gate", "lang", "category", "score", "label")

_LABELS: Mapping[str, bool | None] = {"1": True, "0": False, "": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledScore:
    """The score of one *category* by one gate for one work; *label* None is unknown."""

    work: str
    gate: str
    lang: str
    category: Category
    score: float
    label: bool | None

    @property
    def table(self) -> str:
        """The table of a policy that judges this; only prompts have languages."""
        return f"prompt.{self.lang}" if self.gate == "prompt" else self.gate


def holds_scores(path: Path) -> bool:
    """Whether the CSV file *path* is one of these, and not one of texts."""
    with path.open(encoding="utf-8", newline="") as lines:
        return set(COLUMNS) <= set(next(csv.reader(lines), []))


def read(path: Path) -> Iterator[LabelledScore]:
    """The scores in the CSV file *path*, or ModerationError naming the line."""
    with path.open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines)
        for row in table:
            try:
                yield _scored(row)
            except (KeyError, ValueError, TypeError) as error:
                raise ModerationError(
                    f"{path}, line {table.line_num}: wants a gate"
                    f" ({', '.join(REQUIRED_TABLES)}),"
                    " a category, a score from 0 to 1 and a label of 1, 0 or nothing:"
                    f" {error!r}"
                ) from error


def write(records: Iterable[LabelledScore], path: Path) -> int:
    """Write *records* as the CSV file *path*, for `read`; how many there were."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(COLUMNS)
        for count, one in enumerate(records, start=1):  # noqa: B007  # it is the answer
            label = "" if one.label is None else str(int(one.label))
            table.writerow(
                [one.work, one.gate, one.lang, one.category, one.score, label]
            )
    return count


def _scored(row: Mapping[str, str]) -> LabelledScore:
    score = float(row["score"])
    if row["gate"] not in REQUIRED_TABLES or not 0 <= score <= 1:
        raise ValueError(f"{row['gate']}, {score}")
    return LabelledScore(
        work=row["work"],
        gate=row["gate"],
        lang=row["lang"],
        category=Category(row["category"]),
        score=score,
        label=_LABELS[row["label"]],
    )
