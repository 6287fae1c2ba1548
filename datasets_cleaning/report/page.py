"""Page of a report: Jinja2 templates, escaped by default, in one file without a script.

The charts are SVG from the same templates: a drawing library would bring megabytes for
bars, a line and two texts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from datasets_cleaning.catalogue import meaning
from datasets_cleaning.report.gallery import Thumbnail
from datasets_cleaning.report.histograms import Histogram
from datasets_cleaning.report.slices import SHOWN, SIGMAS
from datasets_cleaning.report.statistics import Statistics

WIDTH: Final = 320
HEIGHT: Final = 120
TOP: Final = 14
"""Room above the bars, for the ends of the thresholds."""

_AFTER: Final = {
    "seen": "seen",
    "structure": "after structure",
    "captions": "after captions",
    "pictures": "after pictures",
    "duplicates": "after duplicates",
    "the rest": "kept",
}


def page(statistics: Statistics, thumbnails: Sequence[Thumbnail]) -> str:
    """The page that shows *statistics*, with *thumbnails* of borderline pairs."""
    return (
        _environment()
        .get_template("report.html")
        .render(
            statistics=statistics,
            job=statistics.facts(),
            after=_AFTER,
            languages={name: share.of for name, share in statistics.slices["language"]},
            charts=[chart(own) for own in statistics.histograms.found.values()],
            total=sum(statistics.seconds.values()),
            sigmas=f"{SIGMAS:g}",
            shown=SHOWN,
            thumbnails=thumbnails,
        )
    )


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("datasets_cleaning.report"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    made.filters.update(
        grouped=lambda count: f"{count:,}",
        percent=lambda share, digits=1: f"{share:.{digits}%}",
        jointed=lambda name: re.split(r"(?<=[:_/])", name),
        numeric_head=lambda name: f">{name}",
        meaning=meaning,
    )
    return made


@dataclass(frozen=True, slots=True)
class Bar:
    """A bin of a histogram, in units of the drawing, rounded as text."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A threshold in a histogram: its place *x*, and the share that it would *keep*."""

    x: str
    kind: str
    says: str
    kept: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A histogram with logarithmic heights, in units of a drawing."""

    name: str
    label: str
    pairs: int
    bars: Sequence[Bar]
    curve: str
    lines: Sequence[Mark]
    low: str
    high: str
    width: int = WIDTH
    top: int = TOP
    bottom: int = TOP + HEIGHT


def chart(own: Histogram) -> Chart:
    """The histogram *own* as it is drawn."""
    kept = own.kept()
    points = (
        f"{place * WIDTH / (len(kept) - 1):.1f},{TOP + HEIGHT * (1 - share):.1f}"
        for place, share in enumerate(kept)
    )
    named = ", ".join(f"{line.says} {line.value:g}" for line in own.lines)
    return Chart(
        name=own.name,
        label=f"Histogram of {own.name}. Thresholds: {named or 'none'}.",
        pairs=int(own.counts.sum()),
        bars=list(_bars(own)),
        curve=" ".join(points),
        lines=list(_marks(own)),
        low=f"{own.edges[0]:g}",
        high=f"{own.edges[-1]:g}",
    )


def _bars(own: Histogram) -> Iterator[Bar]:
    heights = np.log1p(own.counts)
    heights = heights / max(heights.max(), 1e-9) * HEIGHT
    step = WIDTH / len(heights)
    for place in np.flatnonzero(heights):
        height = heights[place]
        yield Bar(
            x=f"{place * step:.1f}",
            y=f"{TOP + HEIGHT - height:.1f}",
            width=f"{step - 0.8:.1f}",
            height=f"{height:.1f}",
        )


def _marks(own: Histogram) -> Iterator[Mark]:
    kept = own.kept()
    for line in own.lines:
        # edges may be geometric: a threshold stands between two of them by its share
        place = np.interp(line.value, own.edges, np.linspace(0, 1, len(own.edges)))
        yield Mark(
            x=f"{place * WIDTH:.1f}",
            kind="review" if line.says.startswith("review") else "refuse",
            says=f"{line.says} {line.value:g}",
            kept=float(np.interp(place, np.linspace(0, 1, len(kept)), kept)),
        )
