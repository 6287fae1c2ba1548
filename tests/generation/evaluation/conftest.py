import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.progress import Progress

from generation.engine import Engine
from generation.evaluation.experiment import Experiment
from generation.evaluation.features import ClipFeatures
from generation.evaluation.holdout import RenderedHoldout
from generation.evaluation.image_cache import ImageCache
from generation.evaluation.judges import ClipJudge, TemplateMatcher
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
def experiment(
    engine: Engine, renderer: Renderer, tmp_path: Path
) -> Iterator[Experiment]:
    """The toy model, four pictures of each kind, two steps."""
    judge = ClipJudge(engine.pipeline.prior_pipeline)
    with Progress(disable=True) as bars:
        yield Experiment(
            engine=engine,
            judge=judge,
            templates=TemplateMatcher(renderer),
            extractor=ClipFeatures(judge),
            holdout=RenderedHoldout.of(renderer, whole=False, seed=0),
            images=ImageCache(engine, tmp_path / "pictures", bars),
            recipe=replace(engine.recipe(seed=0, aspect="1:1", steps=2), prior_steps=2),
            count=4,
            folder=tmp_path,
        )
