"""Figures in words, for terminals and pages."""

from typing import Final

from rich.table import Table

from generation.evaluation.result import Figure, Result

COLUMNS: Final = ("of", "measure", "value", "95 %", "pictures", "bar")


def words(figure: Figure) -> tuple[str, ...]:
    """A cell for each of `COLUMNS`."""
    return (
        figure.of,
        figure.measure,
        _said(figure.value, figure.unit),
        f"{_said(figure.low, figure.unit)} to {_said(figure.high, figure.unit)}",
        str(figure.count),
        _bar(figure),
    )


def table(result: Result) -> Table:
    """All figures of *result*."""
    drawn = Table(title=result.part)
    for column in COLUMNS:
        drawn.add_column(column)
    for figure in result.figures:
        drawn.add_row(*words(figure))
    return drawn


def _said(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value:.1%}"
    return f"{value:.4g} {unit}".rstrip()


def _bar(figure: Figure) -> str:
    if figure.bar is None:
        return ""
    limit = "at most" if figure.less else "at least"
    reached = "reached" if figure.reached else "missed"
    return f"{limit} {_said(figure.bar, figure.unit)}: {reached}"
