"""The models that lie in a folder: a quick look, without reading any weights."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generation.checkpoints.families import Family
from generation.checkpoints.layouts import models_in
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that can be asked for by its *path*; *problem* says why it cannot."""

    name: str
    path: Path
    family: Family | None = None
    inpaints: bool = False
    problem: str | None = None


def model_at(path: Path) -> Model:
    """The model that the engine would load from *path*."""
    place = path.resolve()
    try:
        weights = Weights.find(path)
    except WeightsError as error:
        return Model(name=place.name, path=place, problem=str(error))
    return Model(
        name=weights.name,
        path=place,
        family=weights.family,
        inpaints=weights.inpaint is not None,
    )


def models_below(folder: Path) -> Iterator[Model]:
    """Every model in *folder*, by a path that names it and no other."""
    found = models_in(folder)
    for halves in found:
        half = halves.decoder or halves.prior or halves.inpaint
        yield model_at(half if half and len(found) > 1 else halves.folder)
