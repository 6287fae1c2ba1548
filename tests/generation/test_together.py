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
from generation.request import RequestStage
from generation.unet import UNet
from tests.generation.generating import CAT, REGIMES, apart, drained, painted, unheard


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
        {"safety": Safety.STRONG, "prior": PriorKind.LINEAR, "concept_limit": 0.3},
        {"width": 64, "prior_guidance": 1.0},
    ]
    return [replace(recipe, **change) for change in changes]


def test_pictures_that_share_their_passes_are_those_painted_alone(toy, engine):
    crowd = Engine.load(toy, capacity=12)
    asked = list(zip(REGIMES.values(), mixed_recipes(engine) * 2, strict=False))

    requests = [crowd.submit(regime, recipe) for regime, recipe in asked]
    ticks = sum(1 for _ in drained(crowd, requests))

    assert [request.stage for request in requests] == [RequestStage.DONE] * len(asked)
    for request, (regime, recipe) in zip(requests, asked, strict=True):
        single = engine.run_decoder(engine.run_prior(regime, recipe), unheard)
        assert apart(request.picture, single) <= 1
    assert ticks < sum(recipe.steps + recipe.prior_steps for _, recipe in asked) / 3


def test_a_picture_joins_and_leaves_while_another_is_painted(engine):
    slow = engine.recipe(seed=7, aspect="1:1", steps=9)
    quick = replace(slow, steps=2, prior=PriorKind.NONE)
    requests = [engine.run_prior(CAT, slow)]
    passes = []

    for moved in drained(engine, requests):
        passes.append(len(moved))
        if len(passes) == 4:
            requests.append(engine.submit(CAT, quick))

    assert passes == [1, 1, 1, 1, 2, 2, 1, 1, 1]
    assert [request.stage for request in requests] == [RequestStage.DONE] * 2


def test_a_cancelled_picture_frees_its_place_and_disturbs_nobody(toy, engine):
    pair = Engine.load(toy, capacity=2)
    recipe = engine.recipe(seed=7, aspect="1:1", steps=3)
    staying, leaving = pair.submit(CAT, recipe), pair.submit(CAT, recipe)
    with pytest.raises(EngineFull, match="all 2 slots are taken"):
        pair.submit(CAT, recipe)

    pair.cancel(leaving)
    pair.cancel(leaving)

    assert pair.free == 1
    assert leaving not in [
        request for moved in drained(pair, [staying]) for request in moved
    ]
    assert staying.picture == painted(engine)
    assert pair.free == 2


def test_whoever_listens_may_walk_away(engine):
    request = engine.run_prior(CAT, engine.recipe(seed=7, aspect="1:1", steps=9))
    reports = []
    before = painted(engine)

    def on_step(done, of):
        reports.append(done)
        if done == 2:
            raise Leaving(of)

    with pytest.raises(Leaving) as left:
        engine.run_decoder(request, on_step)

    assert left.value.args == (9,)
    assert reports == [1, 2]
    assert engine.free == engine.capacity
    assert painted(engine) == before


def test_a_picture_too_large_for_the_memory_fails_alone(toy, engine, monkeypatch):
    crowd = Engine.load(toy)
    recipe = engine.recipe(seed=7, aspect="1:1", steps=2)
    requests = [
        crowd.submit(CAT, replace(recipe, width=width)) for width in (32, 256, 32, 32)
    ]
    whole = UNet.predict

    def cramped(self, calls):
        cells = sum(call.sample.numel() for call in calls)
        if cells > 2 * 4 * 8 * 8:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(self, calls)

    monkeypatch.setattr(UNet, "predict", cramped)
    for _ in drained(crowd, requests):
        pass

    stages = [request.stage for request in requests]
    assert stages == [
        RequestStage.DONE,
        RequestStage.FAILED,
        RequestStage.DONE,
        RequestStage.DONE,
    ]
    assert isinstance(requests[1].error, OutOfMemory)
    assert "ask for a smaller one" in str(requests[1].error)
    assert crowd.free == crowd.capacity
