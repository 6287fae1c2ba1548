"""The report of results, as one HTML page and as tables for a terminal."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image
from rich.table import Table

from generation.evaluation.image_cache import load_images
from generation.evaluation.result import Figure, Plot, Result

COLUMNS: Final = ("of", "measure", "value", "95 %", "pictures", "bar")
SHEET_COLUMNS: Final = 20
GAP: Final = 2
WIDTH: Final = 560
HEIGHT: Final = 360
MARGIN: Final = 64
TICKS: Final = 5


def page(results: Sequence[Result], folder: Path, *, about: Sequence[str]) -> str:
    """The HTML page of *results*, whose pictures lie in *folder*.

    *about* are lines on when and where it was made.
    """
    environment = Environment(
        loader=PackageLoader("generation.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        model=results[0].settings["model"],
        about=about,
        columns=COLUMNS,
        sections=[_section(result, folder) for result in results],
    )


def terminal_table(result: Result) -> Table:
    """All figures of *result*."""
    table = Table(title=result.part)
    for column in COLUMNS:
        table.add_column(column)
    for figure in result.figures:
        table.add_row(*cells(figure))
    return table


def cells(figure: Figure) -> tuple[str, ...]:
    """The texts of *figure*, one for each of `COLUMNS`."""
    return (
        figure.of,
        figure.measure,
        _formatted(figure.value, figure.unit),
        " to ".join(_formatted(end, figure.unit) for end in figure.interval),
        str(figure.count),
        _bar(figure),
    )


def contact_sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """*pictures*, all as large as the first, in rows of `SHEET_COLUMNS`."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // SHEET_COLUMNS)
    columns = min(SHEET_COLUMNS, len(pictures))
    sheet = Image.new(
        "RGB", (columns * (width + GAP), rows * (height + GAP)), (255, 255, 255)
    )
    for index, picture in enumerate(pictures):
        row, column = divmod(index, SHEET_COLUMNS)
        sheet.paste(picture, (column * (width + GAP), row * (height + GAP)))
    return sheet


class Mark(NamedTuple):
    """A labelled point of a chart, in pixels."""

    x: float
    y: float
    label: str


class Tick(NamedTuple):
    """A *value* of an axis, and where it is in pixels."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A *plot* in pixels, for an SVG of `WIDTH` by `HEIGHT`."""

    plot: Plot
    marks: list[Mark]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    margin: int = MARGIN

    @property
    def line(self) -> str:
        """The curve through all marks, as the points of a polyline."""
        return " ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in self.marks)


def chart(plot: Plot) -> Chart:
    """*plot* in pixels, its points in their order."""
    x = _Axis([point.x for point in plot.points], MARGIN, WIDTH - MARGIN / 2)
    y = _Axis([point.y for point in plot.points], HEIGHT - MARGIN, MARGIN / 2)
    marks = [Mark(x.at(p.x), y.at(p.y), p.label) for p in plot.points]
    return Chart(plot, marks, x.ticks, y.ticks)


def _section(result: Result, folder: Path) -> dict[str, Any]:
    settings = (f"{name}: {value}" for name, value in result.settings.items())
    return {
        "result": result,
        "table": [cells(figure) for figure in result.figures],
        "chart": chart(result.plot) if result.plot else None,
        "images": [
            (row.label, _encoded(folder / name for name in row.files))
            for row in result.rows
            if row.files
        ],
        "settings": ", ".join(settings),
    }


def _encoded(files: Iterable[Path]) -> str:
    """The contact sheet of *files* as a PNG in base 64."""
    written = BytesIO()
    contact_sheet(list(load_images(files))).save(written, "PNG", optimize=True)
    return b64encode(written.getvalue()).decode()


class _Axis:
    """Maps *values* to the pixels between *first* and *last*."""

    def __init__(self, values: list[float], first: float, last: float) -> None:
        low, high = min(values), max(values)
        room = (high - low or abs(low) or 1.0) * 0.1
        self.low, self.high = low - room, high + room
        self.first, self.last = first, last

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    @property
    def ticks(self) -> list[Tick]:
        step = (self.high - self.low) / (TICKS + 1)
        values = (self.low + step * (i + 1) for i in range(TICKS))
        return [Tick(self.at(value), value) for value in values]


def _formatted(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value:.1%}"
    return f"{value:.4g} {unit}".rstrip()


def _bar(figure: Figure) -> str:
    if figure.bar is None:
        return ""
    limit = "at most" if figure.less else "at least"
    reached = "reached" if figure.reached else "missed"
    return f"{limit} {_formatted(figure.bar, figure.unit)}: {reached}"
