"""What a measurement found, as plain data that outlives the process."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import hypot, isnan
from pathlib import Path
from typing import Any, Self

import numpy as np

from generation.evaluation.intervals import Interval, Values, bootstrap, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number: *value* of *measure* for *of*, over *count* pictures.

    Shares are in 0..1, with the *unit* «%». A *bar* is what should be reached: at
    least, or with *less* at most.
    """

    of: str
    measure: str
    value: float
    low: float
    high: float
    count: int
    unit: str = ""
    bar: float | None = None
    less: bool = False

    @property
    def interval(self) -> Interval:
        """Where the value lies with 95 % confidence."""
        return Interval(self.low, self.high)

    @property
    def reached(self) -> bool | None:
        """Whether the value is as good as its bar; None without one."""
        if self.bar is None or isnan(self.value):
            return None
        return self.value <= self.bar if self.less else self.value >= self.bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Pictures of one kind, side by side: *files* in the report's folder."""

    label: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of a curve, and what is written beside it."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A curve through *points*, and what the axes say."""

    x: str
    y: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All that one *part* of an evaluation found.

    *settings* are what it was measured with: the same ones give the same result.
    """

    part: str
    settings: Mapping[str, Any]
    notes: tuple[str, ...]
    figures: tuple[Figure, ...]
    rows: tuple[Row, ...] = ()
    plot: Plot | None = None

    def write(self, file: Path) -> None:
        """Leaves this in *file*, whole or not at all."""
        part = file.with_suffix(".part")
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        part.write_text(text + "\n", "utf-8")
        part.replace(file)

    @classmethod
    def read(cls, file: Path) -> Self:
        """What `write` left."""
        found = json.loads(file.read_text("utf-8"))
        plot = found["plot"]
        if plot:
            points = tuple(Point(**point) for point in plot["points"])
            plot = Plot(**{**plot, "points": points})
        return cls(
            part=found["part"],
            settings=found["settings"],
            notes=tuple(found["notes"]),
            figures=tuple(Figure(**figure) for figure in found["figures"]),
            rows=tuple(
                Row(label=row["label"], files=tuple(row["files"]))
                for row in found["rows"]
            ),
            plot=plot,
        )


def share(
    hits: list[bool], *, of: str, measure: str, bar: float | None = None
) -> Figure:
    """Which share of *hits*, at least one, is true."""
    low, high = wilson(sum(hits), len(hits))
    return Figure(
        of=of,
        measure=measure,
        value=sum(hits) / len(hits),
        low=low,
        high=high,
        count=len(hits),
        unit="%",
        bar=bar,
    )


def mean(  # noqa: PLR0913  # one for each thing a figure says
    values: Values | list[float],
    *,
    of: str,
    measure: str,
    unit: str = "",
    bar: float | None = None,
    less: bool = False,
) -> Figure:
    """The mean of *values*, at least one."""
    array = np.asarray(values, np.float64)
    low, high = bootstrap(array)
    return Figure(
        of=of,
        measure=measure,
        value=float(array.mean()),
        low=low,
        high=high,
        count=len(array),
        unit=unit,
        bar=bar,
        less=less,
    )


def behind(one: Figure, other: Figure, *, of: str, bar: float) -> Figure:
    """By how much the share *other* is below *one*; at most *bar* is wished for.

    The interval is Newcombe's (1998, method 10), from those of both.
    """
    gap = one.value - other.value
    low = hypot(one.value - one.low, other.high - other.value)
    high = hypot(one.high - one.value, other.value - other.low)
    return Figure(
        of=of,
        measure=one.measure,
        value=gap,
        low=gap - low,
        high=gap + high,
        count=one.count + other.count,
        unit="%",
        bar=bar,
        less=True,
    )
