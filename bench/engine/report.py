"""The report, as a table and as plain data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.table import Table

THREE_PLACES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that both sides did; less of *unit* is better.

    *shares* are the part of the measured peak of matrix products that both sides
    reach, and *bottleneck* is ours.
    """

    what: str
    ours: float
    theirs: float
    unit: str = "s"
    shares: tuple[float, float] | None = None
    bottleneck: str | None = None

    @property
    def ratio(self) -> float:
        """Theirs over ours."""
        return self.theirs / self.ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Both sides with one model.

    *difference* is the most by which a value in 0..255 of our picture is off theirs,
    painted from the same embedding and the same noise.
    """

    model: str
    plan: str
    difference: int
    lines: Sequence[Line]

    def facts(self) -> dict[str, Any]:
        """The report as plain data."""
        lines = [{**asdict(line), "ratio": line.ratio} for line in self.lines]
        return {**asdict(self), "lines": lines}

    def table(self) -> Table:
        """The report for people."""
        table = Table(
            title=f"{self.model}: {self.plan}",
            caption=f"Pictures of one embedding and noise differ by at most "
            f"{self.difference} of 255.",
            title_justify="left",
            caption_justify="left",
        )
        table.add_column("what")
        for column in ("ours", "diffusers", "ratio", "of the peak", "its"):
            table.add_column(column, justify="right")
        table.add_column("bound by")
        for line in self.lines:
            table.add_row(
                line.what,
                f"{_short(line.ours)} {line.unit}",
                f"{_short(line.theirs)} {line.unit}",
                f"{line.ratio:.2f}",
                *(f"{share:.0%}" for share in line.shares or ()),
                *([] if line.shares else ["", ""]),
                line.bottleneck or "",
            )
        return table


def _short(number: float) -> str:
    """*number* to three places, or to the whole above."""
    return f"{number:,.0f}" if number >= THREE_PLACES else f"{number:.3g}"
