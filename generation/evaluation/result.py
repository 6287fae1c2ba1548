"""Results of a measurement: figures with 95 % intervals, as plain data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import hypot, isnan
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

Values = NDArray[np.float64]

RESAMPLES: Final = 1000
TAILS: Final = (2.5, 97.5)


class Interval(NamedTuple):
    """From *low* to *high*, both included."""

    low: float
    high: float

    def meets(self, other: "Interval") -> bool:
        """Whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high


def wilson(hits: int, count: int) -> Interval:
    """The interval of a share of *hits* in *count*, which is at least one.

    Wilson 1927; unlike the usual interval it stays within 0 and 1.
    """
    found = binomtest(hits, count).proportion_ci(method="wilson")
    return Interval(float(found.low), float(found.high))


def bootstrap(values: Values, *, seed: int = 0) -> Interval:
    """The percentile interval of the mean of *values* [n] (Efron 1979).

    Ours, in place of scipy.stats.bootstrap, which refuses a single value.
    """
    random = np.random.default_rng(seed)
    count = len(values)
    means = [
        values[random.integers(count, size=count)].mean() for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(means, TAILS)
    return Interval(float(low), float(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number: *value* of *measure* for *of*, over *count* pictures.

    Shares are in 0..1, with the *unit* «%». A *bar* is the value to reach: at least, or
    with *less* at most.
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
        """The 95 % interval of the value."""
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
    """One point of a curve, and its label."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A curve through *points*, and the labels of its axes."""

    x: str
    y: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All findings of one *part* of an evaluation.

    The same *settings* give the same result.
    """

    part: str
    settings: Mapping[str, Any]
    notes: tuple[str, ...]
    figures: tuple[Figure, ...]
    rows: tuple[Row, ...] = ()
    plot: Plot | None = None

    def write(self, file: Path) -> None:
        """Writes this to *file*, whole or not at all."""
        part = file.with_suffix(".part")
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        part.write_text(text + "\n", "utf-8")
        part.replace(file)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The result in *file*, as `write` wrote it."""
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
    """The share of true ones among *hits*, at least one."""
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
    """The difference between the share *one* and *other*, at most *bar* if it is good.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Figures, pictures and remarks; two of them add up."""

    figures: Sequence[Figure] = ()
    rows: Sequence[Row] = ()
    notes: Sequence[str] = ()

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(
            figures=(*self.figures, *other.figures),
            rows=(*self.rows, *other.rows),
            notes=(*self.notes, *other.notes),
        )

    def result(
        self, part: str, settings: Mapping[str, Any], plot: Plot | None = None
    ) -> Result:
        """All of this as the result of *part*."""
        return Result(
            part=part,
            settings=settings,
            notes=tuple(self.notes),
            figures=tuple(self.figures),
            rows=tuple(self.rows),
            plot=plot,
        )
