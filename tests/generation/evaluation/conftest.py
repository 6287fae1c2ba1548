import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.progress import Progress

from generation.engine import Engine
from generation.evaluation.experiment import Trial
from generation.evaluation.features import ClipSight
from generation.evaluation.holdout import World
from generation.evaluation.image_cache import Album
from generation.evaluation.judges import Judge
from generation.evaluation.template_match import Likeness
from generation.world.renderer import FONT, Renderer


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    if not FONT.is_file():
        lack = "needs Debian's fonts-noto-color-emoji"
        if os.environ.get("CI") == "true":  # noqa: TID251  # CI has every package
            pytest.fail(lack)
        pytest.skip(lack)
    return Renderer(FONT)


@pytest.fixture
def trial(engine: Engine, renderer: Renderer, tmp_path: Path) -> Iterator[Trial]:
    """The toy model, four pictures of each kind, two steps."""
    judge = Judge(engine.pipeline.prior_pipeline)
    with Progress(disable=True) as bars:
        yield Trial(
            engine=engine,
            judge=judge,
            likeness=Likeness(renderer),
            sight=ClipSight(judge),
            source=World.of(renderer, whole=False, seed=0),
            album=Album(engine, tmp_path / "pictures", bars),
            recipe=replace(engine.recipe(seed=0, aspect="1:1", steps=2), prior_steps=2),
            count=4,
            folder=tmp_path,
        )
