from dataclasses import replace
from typing import Any

import pytest
import torch

from generation import PriorKind, Safety, SamplerKind
from generation.engine import Engine
from generation.errors import (
    EngineFull,
    OutOfMemory,
)
from generation.request import Stage
from generation.unet import UNet
from tests.generation.painting import CAT, REGIMES, apart, drained, painted, unheard


class Leaving(Exception):  # noqa: N818  # it is no error
    """Nobody in the engine knows this one."""


def mixed_recipes(engine):
    """Different in all that may differ within one pass, and beyond it."""
    recipe = engine.recipe(seed=7, aspect="1:1", steps=3)
    changes: list[dict[str, Any]] = [
        {},
        {"steps": 5, "guidance": 1.0},
        {"sampler": SamplerKind.ANCESTRAL, "seed": 8},
        {"sampler": SamplerKind.DPM, "steps": 4, "prior_steps": 3},
        {"safety": Safety.STRONG, "prior": PriorKind.LINEAR, "away": 0.3},
        {"width": 64, "prior_guidance": 1.0},
    ]
    return [replace(recipe, **change) for change in changes]


def test_pictures_that_share_their_passes_are_those_painted_alone(toy, engine):
    crowd = Engine.load(toy, capacity=12)
    asked = list(zip(REGIMES.values(), mixed_recipes(engine) * 2, strict=False))

    works = [crowd.begin(regime, recipe) for regime, recipe in asked]
    ticks = sum(1 for _ in drained(crowd, works))

    assert [work.stage for work in works] == [Stage.DONE] * len(asked)
    for work, (regime, recipe) in zip(works, asked, strict=True):
        alone = engine.finish(engine.imagine(regime, recipe), unheard)
        assert apart(work.picture, alone) <= 1
    assert ticks < sum(recipe.steps + recipe.prior_steps for _, recipe in asked) / 3


def test_a_picture_joins_and_leaves_while_another_is_painted(engine):
    slow = engine.recipe(seed=7, aspect="1:1", steps=9)
    quick = replace(slow, steps=2, prior=PriorKind.NONE)
    works = [engine.imagine(CAT, slow)]
    passes = []

    for moved in drained(engine, works):
        passes.append(len(moved))
        if len(passes) == 4:
            works.append(engine.begin(CAT, quick))

    assert passes == [1, 1, 1, 1, 2, 2, 1, 1, 1]
    assert [work.stage for work in works] == [Stage.DONE] * 2


def test_a_cancelled_picture_frees_its_place_and_disturbs_nobody(toy, engine):
    pair = Engine.load(toy, capacity=2)
    recipe = engine.recipe(seed=7, aspect="1:1", steps=3)
    staying, leaving = pair.begin(CAT, recipe), pair.begin(CAT, recipe)
    with pytest.raises(EngineFull, match="all 2 places are taken"):
        pair.begin(CAT, recipe)

    pair.cancel(leaving)
    pair.cancel(leaving)

    assert pair.free == 1
    assert leaving not in [work for moved in drained(pair, [staying]) for work in moved]
    assert staying.picture == painted(engine)
    assert pair.free == 2


def test_whoever_listens_may_walk_away(engine):
    work = engine.imagine(CAT, engine.recipe(seed=7, aspect="1:1", steps=9))
    reports = []
    before = painted(engine)

    def on_step(done, of):
        reports.append(done)
        if done == 2:
            raise Leaving(of)

    with pytest.raises(Leaving) as left:
        engine.finish(work, on_step)

    assert left.value.args == (9,)
    assert reports == [1, 2]
    assert engine.free == engine.capacity
    assert painted(engine) == before


def test_a_picture_too_large_for_the_memory_fails_alone(toy, engine, monkeypatch):
    crowd = Engine.load(toy)
    recipe = engine.recipe(seed=7, aspect="1:1", steps=2)
    works = [
        crowd.begin(CAT, replace(recipe, width=width)) for width in (32, 256, 32, 32)
    ]
    whole = UNet.answer

    def cramped(self, questions):
        cells = sum(question.sample.numel() for question in questions)
        if cells > 2 * 4 * 8 * 8:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(self, questions)

    monkeypatch.setattr(UNet, "answer", cramped)
    for _ in drained(crowd, works):
        pass

    stages = [work.stage for work in works]
    assert stages == [Stage.DONE, Stage.FAILED, Stage.DONE, Stage.DONE]
    assert isinstance(works[1].error, OutOfMemory)
    assert "ask for a smaller one" in str(works[1].error)
    assert crowd.free == crowd.capacity
