"""What may break, and what it then costs: a pair, or a shard, never the run."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets_cleaning.errors import CleaningError
from datasets_cleaning.protocols import Done, Measure, Task, View
from moderation.errors import ModerationError

Answer = Mapping[str, Any]


def answers(
    measure: Measure, views: Sequence[View], problems: list[str]
) -> list[Answer]:
    """What *measure* says of each of *views*; nothing of those that it breaks on.

    Whom it breaks on is found by halves, and told in *problems*.
    """
    if not views:
        return []
    try:
        return _rows(measure(views), len(views))
    except Exception as error:  # noqa: BLE001  # whatever broke, nobody has measured
        if len(views) == 1:
            key = views[0].pair.key
            problems.append(f"{key}: {named(measure)}: {told(error)}")
            return [{}]
    half = len(views) // 2
    parts = views[:half], views[half:]
    return [row for part in parts for row in answers(measure, part, problems)]


def named(measure: Measure) -> str:
    """What people call *measure*."""
    return type(measure).__name__.lower()


def told(error: Exception) -> str:
    """What kind of *error*, and where: its own words could quote a caption."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


def attempted(task: Task, work: Callable[[], Mapping[str, Any]]) -> Done:
    """How *task* ends, which makes a manifest by *work*, or fails at it."""
    try:
        return Done(task=task, manifest=work())
    except (CleaningError, ModerationError, OSError) as error:
        return Done(task=task, problem=str(error))
    except Exception as error:  # noqa: BLE001  # a shard costs itself, not the run
        return Done(task=task, problem=told(error))


def _rows(columns: Mapping[str, Sequence[Any]], views: int) -> list[Answer]:
    if wrong := [name for name, column in columns.items() if len(column) != views]:
        raise ValueError(f"not {views} values for {', '.join(wrong)}")
    return [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
