"""A model on trial, and all it is measured with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from os.path import relpath
from pathlib import Path
from typing import Any

from PIL import Image

from generation.engine import Engine
from generation.errors import EvaluationError
from generation.evaluation.features import Sight
from generation.evaluation.holdout import Exhibit, Source
from generation.evaluation.image_cache import Album, Ask
from generation.evaluation.judges import Judge
from generation.evaluation.result import Row
from generation.evaluation.template_match import Likeness
from generation.recipe import Recipe
from generation.regimes import Regime
from generation.world.renderer import Renderer

SHOWN = 10  # pictures in a row of the report


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Measures over *count* pictures, painted by variations of *recipe*.

    *sight* makes the features of which distances are. What stays, stays in *folder*.
    """

    engine: Engine
    judge: Judge
    likeness: Likeness
    sight: Sight
    source: Source
    album: Album
    recipe: Recipe
    count: int
    folder: Path

    @property
    def renderer(self) -> Renderer:
        """What draws the world."""
        return self.likeness.renderer

    @property
    def settings(self) -> dict[str, Any]:
        """Whatever decides the figures."""
        return {
            "model": self.engine.model,
            "recipe": repr(self.recipe),
            "pictures": self.count,
            "features": self.sight.name,
            "source": self.source.name,
        }

    def asks(self, regimes: Iterable[Regime], **changes: Any) -> list[Ask]:
        """Each of *regimes* with the next seed, after the recipe with *changes*."""
        recipe = replace(self.recipe, **changes)
        return [
            (regime, replace(recipe, seed=recipe.seed + index))
            for index, regime in enumerate(regimes)
        ]

    def exhibits(self) -> list[Exhibit]:
        """As many as are asked for."""
        found = list(islice(self.source.exhibits(self.engine.side), self.count))
        if len(found) < self.count:
            raise EvaluationError(
                f"there are only {len(found)} pictures to measure with, and"
                f" {self.count} are asked for: lower --count"
            )
        return found

    def row(self, label: str, files: Sequence[Path]) -> Row:
        """The first of *files* for the report."""
        names = (relpath(file, self.folder) for file in files[:SHOWN])
        return Row(label=label, files=tuple(names))

    def kept(self, label: str, pictures: Iterable[Image.Image]) -> Row:
        """The first of *pictures*, which are not painted, kept for the report."""
        folder = self.folder / "shown"
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for index, picture in enumerate(islice(pictures, SHOWN)):
            file = folder / f"{label.replace(' ', '-')}-{index}.png"
            picture.save(file)
            files.append(file)
        return self.row(label, files)
