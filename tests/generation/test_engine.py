from dataclasses import replace

import numpy as np
import pytest

from generation import ASPECTS, PriorKind, Safety, SamplerKind, regimes
from generation.regimes import Part, text_to_image
from generation.request import RequestStage
from tests.generation.generating import CAT, REGIMES, painted, scene
from tests.generation.toy import EMBEDDING


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_picture_has_the_size_that_was_asked_for(aspect, engine):
    recipe = engine.recipe(seed=7, aspect=aspect)

    picture = painted(engine, aspect=aspect)

    assert picture.mode == "RGB"
    assert picture.size == (recipe.width, recipe.height)
    assert min(picture.size) == engine.side == 32


@pytest.mark.parametrize("regime", REGIMES.values(), ids=REGIMES)
def test_every_regime_paints_the_canvas_that_was_asked_for(regime, engine):
    picture = painted(engine, regime, width=70, height=50)

    assert picture.size == (70, 50)
    assert picture != painted(engine, regime, width=70, height=50, seed=8)


@pytest.mark.parametrize("sampler", SamplerKind)
@pytest.mark.parametrize("steps", [1, 7])
def test_every_sampler_takes_as_many_steps_as_it_is_told(sampler, steps, engine):
    recipe = replace(engine.recipe(seed=7, aspect="1:1", steps=steps), sampler=sampler)
    reports = []

    request = engine.run_prior(CAT, recipe)
    engine.run_decoder(request, lambda *step: reports.append(step))

    assert reports == [(done, steps) for done in range(1, steps + 1)]


def test_a_sketch_takes_only_the_steps_that_its_strength_leaves(engine):
    recipe = engine.recipe(seed=7, aspect="1:1", steps=10)

    request = engine.run_prior(
        regimes.image_to_image(scene(), "a cat", strength=0.3), recipe
    )
    engine.cancel(request)

    assert request.steps == 3


def test_a_weaker_sketch_stays_nearer_to_its_picture(engine):
    original = np.asarray(scene().resize((32, 32)), int)

    def distance(strength):
        regime = regimes.image_to_image(scene(), "a cat", strength=strength)
        return np.abs(
            np.asarray(painted(engine, regime, steps=20), int) - original
        ).mean()

    assert distance(0.05) < distance(1)


def test_what_is_not_repainted_stays_as_it_was(engine):
    picture = painted(engine, REGIMES["inpainting"], width=64, height=64)

    kept, repainted = (0, 0, 24, 64), (32, 0, 64, 64)
    assert picture.crop(kept) == scene().crop(kept)
    assert picture.crop(repainted) != scene().crop(repainted)


def test_a_canvas_grows_around_its_picture(engine):
    regime = regimes.outpainting(scene((48, 48)), left=8, top=8, prompt="a cat")

    picture = painted(engine, regime, width=64, height=64)

    middle = (24, 24, 40, 40)
    assert picture.crop(middle) == scene((48, 48)).crop((16, 16, 32, 32))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 8},
        {"guidance": 1.0},
        {"prior": PriorKind.LINEAR},
        {"prior": PriorKind.RESIDUAL},
        {"prior": PriorKind.NONE},
        {"sampler": SamplerKind.ANCESTRAL},
        {"sampler": SamplerKind.DPM},
        {"safety": Safety.MAX},
        {"concept_limit": 0.0},
        {"quantised": True},
    ],
    ids=str,
)
def test_each_thing_that_is_asked_shows_in_the_picture(change, engine):
    assert painted(engine, **change) != painted(engine)


@pytest.mark.parametrize(
    "regime",
    [
        text_to_image("рыжий кот"),
        text_to_image("a red cat", negative="a dog"),
        text_to_image("a red cat", negative_prior="a dog"),
        regimes.fusion(
            [Part("a red cat", 0.5), Part("a dog", 0.5)], prompt="a red cat"
        ),
    ],
)
def test_each_part_of_a_subject_shows_in_the_picture(regime, engine):
    assert painted(engine, regime) != painted(engine)


def test_a_part_without_weight_counts_for_nothing(engine):
    mixed = regimes.fusion([Part(scene(), 1.0), Part("a dog", 0.0)])

    assert painted(engine, mixed) == painted(engine, regimes.variation(scene()))


def test_what_will_be_painted_can_be_judged_first(engine):
    regime = regimes.fusion(
        [Part(scene(), 0.25), Part("a cat", 0.75)], negative="a dog"
    )

    request = engine.run_prior(regime, engine.recipe(seed=7, aspect="1:1", steps=2))
    engine.cancel(request)

    assert request.prior_output is not None
    picture, text = request.prior_output.parts
    np.testing.assert_allclose(
        request.prior_output.embedding, 0.25 * picture + 0.75 * text, rtol=1e-5
    )
    assert request.prior_output.negative is not None
    assert request.prior_output.negative.shape == (EMBEDDING,)
    assert request.prior_output.negative.dtype == np.float32


@pytest.mark.parametrize("kind", PriorKind)
def test_what_is_unsafe_is_led_back_before_anybody_judges_it(kind, engine):
    regime = text_to_image("violence, cruelty, torture")
    usual = {"prior": kind, "prior_steps": 25, "prior_guidance": 1.0, "seed": 0}
    recipe = replace(engine.recipe(seed=0, aspect="1:1"), **usual)

    free = prior_output(engine, regime, recipe)
    led = prior_output(engine, regime, replace(recipe, concept_limit=0.2))
    neutral = prior_output(engine, text_to_image(""), recipe).embedding

    np.testing.assert_allclose(led.parts, free.parts)
    way = free.embedding - neutral
    share = (led.embedding - neutral) @ way / (way @ way)
    assert share <= 0.2 + 1e-4


def prior_output(engine, regime, recipe):
    request = engine.run_prior(regime, recipe)
    engine.cancel(request)
    return request.prior_output


def test_nothing_is_painted_before_somebody_says_so(engine):
    request = engine.run_prior(CAT, engine.recipe(seed=7, aspect="1:1", steps=2))

    assert engine.idle
    assert engine.tick() == []
    assert (request.stage, request.step, request.picture) == (
        RequestStage.EMBEDDED,
        0,
        None,
    )
    engine.cancel(request)


def test_a_picture_depends_on_nothing_painted_before(engine):
    first = painted(engine)
    painted(engine, text_to_image("something else"), seed=8, aspect="9:16")

    assert painted(engine) == first
