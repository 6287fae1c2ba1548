"""Models and their checks, printed for people or as JSON."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from huggingface_hub import constants

from generation.checkpoints.conversion.pickles import Converted
from generation.checkpoints.inspection import Report
from generation.checkpoints.weights import Model, Weights, model_at, models_below
from generation.errors import WeightsError
from vernissage.bootstrap import components
from vernissage.cli.health_checks import Mark
from vernissage.settings import Settings


def known_models(settings: Settings) -> list[Model]:
    """The bundled model, those of *settings*, and those in the hub's cache."""
    bundled = settings.model_copy(update={"weights": None})
    found = [
        model_at(components.weights(bundled)),
        model_at(components.weights(settings)),
    ]
    for folder in (settings.weights, Path(constants.HF_HUB_CACHE)):
        if folder is not None and folder.is_dir():
            found += models_below(folder)
    return list({model.path: model for model in found}.values())


def to_dict(model: Model) -> dict[str, Any]:
    """The *model* for programs."""
    return asdict(model) | {"path": str(model.path)}


def to_text(model: Model) -> str:
    """The *model* in a line for people."""
    if model.problem:
        return f"{Mark.FAIL:<5}{model.name:<18}{model.problem}"
    inpaints = " with inpainting" if model.inpaints else ""
    return f"{Mark.OK:<5}{model.name:<18}{model.family}{inpaints}, {model.path}"


NAMED: Final = 3
"""Names of unused tensors that are printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A finding about one part of a model, or about all of it."""

    part: str
    mark: Mark
    finding: str
    parameters: int | None = None
    dtype: str | None = None

    def to_text(self) -> str:
        """A line for people."""
        size = f"{self.parameters:,} parameters, " if self.parameters else ""
        return f"{self.mark:<5}{self.part:<22}{size}{self.dtype or self.finding}"

    def to_dict(self) -> dict[str, Any]:
        """The finding for programs."""
        return asdict(self)


def facts(report: Report) -> Iterator[Fact]:
    """The findings of *report*, the whole model last."""
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
    """A line on the tensors made of one source, and on those without a place."""
    line = f"{part.part}: {part.tensors} tensors from {part.source}"
    if not part.unexpected:
        return line
    names = ", ".join(part.unexpected[:NAMED])
    rest = len(part.unexpected) - NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return f"{line}, without {names}{more}, which it has no place for"


def verdict(destination: Path) -> str:
    """Whether the converted weights are a complete model yet."""
    try:
        Weights.find(destination)
    except WeightsError as error:
        return f"Not a complete model yet: {error}"
    return f"Set VERNISSAGE_WEIGHTS={destination.resolve()} to paint with it."
