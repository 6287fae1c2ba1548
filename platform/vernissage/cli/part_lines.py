"""The parts of models as people and programs read of them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from generation.checkpoints.conversion.pickles import Converted
from generation.checkpoints.inspection import Report
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError
from vernissage.cli.health_checks import Mark

NAMED: Final = 3
"""So many of the names that nothing was made of are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What was found out about a part of a model, or about all of it."""

    part: str
    mark: Mark
    finding: str
    parameters: int | None = None
    dtype: str | None = None

    def told(self) -> str:
        """A line for people."""
        size = f"{self.parameters:,} parameters, " if self.parameters else ""
        return f"{self.mark:<5}{self.part:<22}{size}{self.dtype or self.finding}"

    def described(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)


def facts(report: Report) -> Iterator[Fact]:
    """All that *report* says, the whole last."""
    for part in report.findings:
        mark = Mark.FAIL if part.problem else Mark.OK
        yield Fact(
            part=part.part,
            mark=mark,
            finding=part.problem or "sound",
            parameters=part.parameters,
            dtype=part.dtype,
        )
    for problem in report.problems:
        yield Fact(part="model", mark=Mark.FAIL, finding=problem)
    if report.model is not None:
        finding = f"{report.family}, {report.model}"
        yield Fact(part="model", mark=Mark.OK, finding=finding)


def gained(part: Converted) -> str:
    """What was made of one source, and what of it nothing was made of."""
    line = f"{part.part}: {part.tensors} tensors from {part.source}"
    if not part.unexpected:
        return line
    names = ", ".join(part.unexpected[:NAMED])
    rest = len(part.unexpected) - NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return f"{line}, without {names}{more}, which it has no place for"


def verdict(destination: Path) -> str:
    """Whether what was converted is a model yet."""
    try:
        Weights.find(destination)
    except WeightsError as error:
        return f"Not a complete model yet: {error}"
    return f"Set VERNISSAGE_WEIGHTS={destination.resolve()} to paint with it."
