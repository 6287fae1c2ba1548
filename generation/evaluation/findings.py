"""What comes out of a part of an evaluation while it is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.evaluation.result import Figure, Plot, Result, Row


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
