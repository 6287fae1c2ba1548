"""Curves as SVG, for a page that needs nothing else."""

from html import escape
from typing import Final

from generation.evaluation.result import Plot

WIDTH: Final = 560
HEIGHT: Final = 360
MARGIN: Final = 64
TICKS: Final = 5


def svg(plot: Plot) -> str:
    """*plot*, whose points are joined in their order."""
    x = _Axis([point.x for point in plot.points], MARGIN, WIDTH - MARGIN / 2)
    y = _Axis([point.y for point in plot.points], HEIGHT - MARGIN, MARGIN / 2)
    places = [(x.place(point.x), y.place(point.y)) for point in plot.points]
    marks = [
        f'<circle cx="{left:.1f}" cy="{top:.1f}" r="4"/>'
        f'<text x="{left + 8:.1f}" y="{top - 8:.1f}">{escape(point.label)}</text>'
        for (left, top), point in zip(places, plot.points, strict=True)
    ]
    line = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
    return "\n".join(
        [
            (
                f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
                f' aria-label="{escape(plot.y)} over {escape(plot.x)}">'
            ),
            f'<polyline points="{line}"/>',
            *marks,
            *(_tick(x.place(v), HEIGHT - MARGIN + 18, v, "middle") for v in x.ticks),
            *(_tick(MARGIN - 8, y.place(v) + 4, v, "end") for v in y.ticks),
            (
                f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
                f"{escape(plot.x)}</text>"
            ),
            f'<text x="12" y="{MARGIN / 2 - 12}">{escape(plot.y)}</text>',
            "</svg>",
        ]
    )


class _Axis:
    """Brings *values* between two places in pixels."""

    def __init__(self, values: list[float], first: float, last: float) -> None:
        low, high = min(values), max(values)
        room = (high - low or abs(low) or 1.0) * 0.1
        self.low, self.high = low - room, high + room
        self.first, self.last = first, last

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    @property
    def ticks(self) -> list[float]:
        step = (self.high - self.low) / (TICKS + 1)
        return [self.low + step * (i + 1) for i in range(TICKS)]


def _tick(left: float, top: float, value: float, anchor: str) -> str:
    return (
        f'<text class="tick" x="{left:.1f}" y="{top:.1f}"'
        f' text-anchor="{anchor}">{value:.3g}</text>'
    )
