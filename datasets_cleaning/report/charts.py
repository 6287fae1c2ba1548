"""The drawings of a report, in SVG; colours and letters come from its style sheet."""

from collections.abc import Iterator
from html import escape
from typing import Final

import numpy as np

from datasets_cleaning.report.histograms import Histogram

WIDTH: Final = 320
HEIGHT: Final = 120
TOP: Final = 14
"""Room above the bars, for what the thresholds say."""

PERCENT: Final = 100


def histogram(own: Histogram) -> str:
    """Bars of logarithmic height, thresholds, and what each of them would keep."""
    low, high = own.edges[0], own.edges[-1]
    return (
        f'<figure class="chart"><figcaption>{escape(own.name)}'
        f" <small>{int(own.counts.sum()):,} pairs</small></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {TOP + HEIGHT + 16}" role="img"'
        f' aria-label="{escape(_said(own))}">'
        f"{''.join(_bars(own))}{_curve(own)}{''.join(_lines(own))}"
        f'<path class="axis" d="M0 {TOP + HEIGHT}H{WIDTH}"/>'
        f'<text y="{TOP + HEIGHT + 13}">{low:g}</text>'
        f'<text x="{WIDTH}" y="{TOP + HEIGHT + 13}" text-anchor="end">{high:g}</text>'
        f"</svg>{_legend(own)}</figure>"
    )


def bar(share: float, *, low: float | None = None, high: float | None = None) -> str:
    """A bar as long as *share*, from 0 to 1, with the interval from *low* to *high*."""
    interval = ""
    if low is not None and high is not None:
        interval = (
            f'<i style="left:{PERCENT * low:.2f}%;'
            f'width:{PERCENT * (high - low):.2f}%"></i>'
        )
    full = f'<b style="width:{PERCENT * share:.2f}%"></b>'
    return f'<span class="bar">{full}{interval}</span>'


def _bars(own: Histogram) -> Iterator[str]:
    heights = np.log1p(own.counts)
    heights = heights / max(heights.max(), 1e-9) * HEIGHT
    step = WIDTH / len(heights)
    for place in np.flatnonzero(heights):
        x, height = place * step, heights[place]
        yield (
            f'<rect class="count" x="{x:.1f}" y="{TOP + HEIGHT - height:.1f}"'
            f' width="{step - 0.8:.1f}" height="{height:.1f}"/>'
        )


def _curve(own: Histogram) -> str:
    kept = own.kept()
    points = " ".join(
        f"{place * WIDTH / (len(kept) - 1):.1f},{TOP + HEIGHT * (1 - share):.1f}"
        for place, share in enumerate(kept)
    )
    return f'<polyline class="kept" points="{points}"/>'


def _lines(own: Histogram) -> Iterator[str]:
    for line in own.lines:
        x = _place(own, line.value) * WIDTH
        kind = "review" if line.says.startswith("review") else "refuse"
        yield f'<path class="{kind}" d="M{x:.1f} {TOP - 6}V{TOP + HEIGHT}"/>'


def _place(own: Histogram, value: float) -> float:
    """Where *value* stands between the edges, from 0 to 1."""
    places = np.linspace(0, 1, len(own.edges))
    return float(np.interp(value, own.edges, places))


def _legend(own: Histogram) -> str:
    kept = own.kept()
    said = "; ".join(
        f"{escape(line.says)} {line.value:g}:"
        f" {np.interp(_place(own, line.value), np.linspace(0, 1, len(kept)), kept):.1%}"
        for line in own.lines
    )
    return f'<p class="fine">{said or "the plan draws no line here"}</p>'


def _said(own: Histogram) -> str:
    lines = ", ".join(f"{line.says} {line.value:g}" for line in own.lines)
    return f"Histogram of {own.name}. Thresholds: {lines or 'none'}."
