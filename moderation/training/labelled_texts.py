"""A labelled text, and the CSV files that hold them."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from moderation.errors import ModerationError
from moderation.verdict import Category

PICTURED = tuple(c for c in Category if c not in {Category.TOXIC, Category.UNSAFE})


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with what is known of it: a category that is absent is unknown."""

    text: str
    lang: str
    source: str
    labels: Mapping[Category, bool]


def read(path: Path) -> Iterator[LabelledText]:
    """The examples in the CSV file *path*: text, lang, source and one column per label.

    Raises ModerationError naming the line that is wrong.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines)
        if missing := {"text", "lang", "source"} - set(table.fieldnames or ()):
            raise ModerationError(f"{path} lacks the columns {sorted(missing)}")
        for row in table:
            try:
                yield LabelledText(
                    row["text"], row["lang"], row["source"], _labels(row)
                )
            except KeyError as error:
                raise ModerationError(
                    f"{path}, line {table.line_num}: a label is 1, 0 or empty,"
                    f" got {error}"
                ) from error


def write(examples: Iterable[LabelledText], path: Path) -> None:
    """Write *examples* as the CSV file *path*, for `read`."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["text", "lang", "source", *(c.value for c in Category)])
        for example in examples:
            known = {c: str(int(present)) for c, present in example.labels.items()}
            labels = [known.get(category, "") for category in Category]
            table.writerow([example.text, example.lang, example.source, *labels])


def safe_entails(example: LabelledText) -> LabelledText:
    """*example*, where a safe picture is also known to be free of each category."""
    if example.labels.get(Category.UNSAFE) is not False:
        return example
    labels = dict.fromkeys(PICTURED, False) | dict(example.labels)
    return LabelledText(example.text, example.lang, example.source, labels)


def _labels(row: Mapping[str, str | None]) -> dict[Category, bool]:
    cells = {category: row.get(category.value) or "" for category in Category}
    return {c: {"1": True, "0": False}[cell] for c, cell in cells.items() if cell}
