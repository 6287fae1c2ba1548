"""Isolation of faults: an error costs a pair or a shard, never the run."""

import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets_cleaning.errors import CleaningError
from datasets_cleaning.protocols import Measure, PairContents, Task, TaskResult
from moderation.errors import ModerationError

Answer = Mapping[str, Any]


def measure_each(
    measure: Measure, contents: Sequence[PairContents], problems: list[str]
) -> list[Answer]:
    """Values by *measure* for each of *contents*; none for those that it breaks on.

    Those are found by halves, and named in *problems*.
    """
    if not contents:
        return []
    try:
        return _rows(measure(contents), len(contents))
    except Exception as error:  # noqa: BLE001  # any fault leaves its pairs unmeasured
        if len(contents) == 1:
            key = contents[0].pair.key
            problems.append(f"{key}: {measure_name(measure)}: {describe(error)}")
            return [{}]
    half = len(contents) // 2
    parts = contents[:half], contents[half:]
    return [row for part in parts for row in measure_each(measure, part, problems)]


def measure_name(measure: Measure) -> str:
    """The words of the name of a *measure*'s class: "caption scores"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(measure).__name__).lower()


def describe(error: Exception) -> str:
    """The type and place of *error*: its message could quote a caption."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


def attempt(task: Task, run_task: Callable[[], Mapping[str, Any]]) -> TaskResult:
    """The result of *task*: the manifest that *run_task* makes, or its problem."""
    try:
        return TaskResult(task=task, manifest=run_task())
    except (CleaningError, ModerationError, OSError) as error:
        return TaskResult(task=task, problem=str(error))
    except Exception as error:  # noqa: BLE001  # a shard costs itself, not the run
        return TaskResult(task=task, problem=describe(error))


def _rows(columns: Mapping[str, Sequence[Any]], contents: int) -> list[Answer]:
    if wrong := [name for name, column in columns.items() if len(column) != contents]:
        raise ValueError(f"not {contents} values for {', '.join(wrong)}")
    return [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
