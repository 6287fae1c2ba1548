import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from shutil import rmtree
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file

from generation import ASPECTS, PriorKind, Safety, SamplerKind, regimes
from generation.engine import Engine
from generation.errors import (
    DeviceError,
    EngineFull,
    ImageError,
    OutOfMemory,
    RecipeError,
    RegimeError,
    WeightsError,
)
from generation.regimes import Part, text_to_image
from generation.unet import UNet
from generation.work import Stage, Work
from tests.generation.toy import EMBEDDING, save_toy

CAT = text_to_image("a red cat")


def scene(size=(64, 64)) -> Image.Image:
    """Something with colours and edges."""
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    ImageDraw.Draw(picture).ellipse((8, 8, 30, 40), fill="red")
    return picture


def hole(size=(64, 64)) -> Image.Image:
    """Repaints the right half."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle((32, 0, *size), fill="white")
    return mask


REGIMES = {
    "text to image": CAT,
    "variation": regimes.variation(scene()),
    "fusion": regimes.fusion([Part(scene(), 0.3), Part("a red cat", 0.7)]),
    "text and image": regimes.fusion([Part(scene())], prompt="a red cat"),
    "image to image": regimes.image_to_image(scene(), "a red cat", strength=0.6),
    "inpainting": regimes.inpainting(scene(), hole(), prompt="a red cat"),
    "inpainting after itself": regimes.inpainting(scene(), hole()),
    "outpainting": regimes.outpainting(scene((24, 24)), left=4, top=8, prompt="a cat"),
    "outpainting after itself": regimes.outpainting(scene(), left=20, top=-4),
}


def painted(engine, regime=CAT, *, seed=7, aspect="1:1", **changes):
    recipe = engine.recipe(seed=seed, aspect=aspect, steps=3)
    work = engine.imagine(regime, replace(recipe, **changes))
    return engine.finish(work, unheard)


def unheard(_done: int, _of: int) -> None:
    """Nobody listens."""


def drained(engine: Engine, works: Sequence[Work]) -> Iterator[list[Work]]:
    """Paints *works* together, tick by tick."""
    while True:
        for work in works:
            if work.stage is Stage.IMAGINED:
                engine.paint(work)
        if engine.idle:
            return
        yield engine.tick()


def apart(one, other):
    """The largest difference of two pictures, in levels of 255."""
    return np.abs(np.asarray(one, int) - np.asarray(other, int)).max()


class Leaving(Exception):  # noqa: N818  # it is no error
    """Nobody in the engine knows this one."""


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

    work = engine.imagine(CAT, recipe)
    engine.finish(work, lambda *step: reports.append(step))

    assert reports == [(done, steps) for done in range(1, steps + 1)]


def test_a_sketch_takes_only_the_steps_that_its_strength_leaves(engine):
    recipe = engine.recipe(seed=7, aspect="1:1", steps=10)

    work = engine.imagine(
        regimes.image_to_image(scene(), "a cat", strength=0.3), recipe
    )
    engine.cancel(work)

    assert work.steps == 3


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
        {"away": 0.0},
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

    work = engine.imagine(regime, engine.recipe(seed=7, aspect="1:1", steps=2))
    engine.cancel(work)

    assert work.imagined is not None
    picture, text = work.imagined.parts
    np.testing.assert_allclose(
        work.imagined.embedding, 0.25 * picture + 0.75 * text, rtol=1e-5
    )
    assert work.imagined.negative is not None
    assert work.imagined.negative.shape == (EMBEDDING,)
    assert work.imagined.negative.dtype == np.float32


@pytest.mark.parametrize("kind", PriorKind)
def test_what_is_unsafe_is_led_back_before_anybody_judges_it(kind, engine):
    regime = text_to_image("violence, cruelty, torture")
    usual = {"prior": kind, "prior_steps": 25, "prior_guidance": 1.0, "seed": 0}
    recipe = replace(engine.recipe(seed=0, aspect="1:1"), **usual)

    free = imagined(engine, regime, recipe)
    led = imagined(engine, regime, replace(recipe, away=0.2))
    neutral = imagined(engine, text_to_image(""), recipe).embedding

    np.testing.assert_allclose(led.parts, free.parts)
    way = free.embedding - neutral
    share = (led.embedding - neutral) @ way / (way @ way)
    assert share <= 0.2 + 1e-4


def imagined(engine, regime, recipe):
    work = engine.imagine(regime, recipe)
    engine.cancel(work)
    return work.imagined


def test_nothing_is_painted_before_somebody_says_so(engine):
    work = engine.imagine(CAT, engine.recipe(seed=7, aspect="1:1", steps=2))

    assert engine.idle
    assert engine.tick() == []
    assert (work.stage, work.step, work.picture) == (Stage.IMAGINED, 0, None)
    engine.cancel(work)


def test_a_picture_depends_on_nothing_painted_before(engine):
    first = painted(engine)
    painted(engine, text_to_image("something else"), seed=8, aspect="9:16")

    assert painted(engine) == first


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


@pytest.mark.parametrize("regime", ["inpainting", "outpainting"])
def test_a_model_without_inpainting_says_so(regime, own_toy):
    rmtree(own_toy / "inpaint")
    engine = Engine.load(own_toy)

    with pytest.raises(RegimeError, match="has no inpainting decoder"):
        painted(engine, REGIMES[regime])
    assert engine.free == engine.capacity


def test_a_prior_that_is_not_there_is_named(own_toy):
    rmtree(own_toy / "prior" / "linear")
    engine = Engine.load(own_toy)

    with pytest.raises(RecipeError, match="no linear prior: choose diffusion"):
        painted(engine, prior=PriorKind.LINEAR)


@pytest.mark.parametrize(
    ("regime", "complaint"),
    [
        (regimes.variation(Image.new("RGB", (4, 400))), "4 x 400"),
        (regimes.inpainting(scene(), Image.new("L", (64, 64))), "nothing to repaint"),
        (regimes.inpainting(scene(), hole((32, 64))), "32 x 64"),
    ],
)
def test_pictures_that_cannot_be_painted_from_are_turned_away(
    regime, complaint, engine
):
    with pytest.raises(ImageError, match=complaint):
        painted(engine, regime)
    assert engine.free == engine.capacity


def test_what_an_encoder_does_not_read_is_told(engine):
    long = "a red cat " * 40

    work = engine.imagine(
        text_to_image(long), engine.recipe(seed=7, aspect="1:1", steps=2)
    )
    engine.cancel(work)

    [cut] = work.notes.cut
    assert cut
    assert long.strip().endswith(cut.strip())


def test_a_kandinsky_2_2_paints_without_reading(toy_22):
    engine = Engine.load(toy_22)

    picture = painted(engine)

    assert picture.size == (32, 32)
    assert picture != painted(engine, seed=8)
    assert picture != painted(engine, text_to_image("a dog"))


def test_a_model_may_bring_the_recipe_it_paints_best_by(own_toy):
    (own_toy / "defaults.json").write_text('{"steps": 12, "guidance": 2.5}', "utf-8")

    engine = Engine.load(own_toy)

    assert engine.defaults.steps == 12
    assert engine.recipe(seed=7, aspect="3:2").guidance == 2.5
    assert engine.recipe(seed=7, aspect="3:2", steps=5).steps == 5
    assert engine.recipe(seed=7, aspect="3:2").prior_steps == 25


@pytest.mark.parametrize(
    "wishes",
    [
        "{",
        "[]",
        json.dumps({"step": 12}),
        json.dumps({"steps": 0}),
        json.dumps({"sampler": "magic"}),
    ],
)
def test_defaults_that_are_no_recipe_are_named(wishes, own_toy):
    (own_toy / "defaults.json").write_text(wishes, "utf-8")

    with pytest.raises(WeightsError, match=r"defaults\.json is no recipe"):
        Engine.load(own_toy)


def test_half_precision_files_are_computed_in_full_on_a_cpu(own_toy, engine):
    for file in own_toy.rglob("*.safetensors"):
        halved = {name: tensor.half() for name, tensor in load_file(file).items()}
        save_file(halved, file, metadata={"format": "pt"})

    picture = np.asarray(painted(Engine.load(own_toy)), int)

    assert np.abs(picture - np.asarray(painted(engine), int)).max() <= 4


def test_an_unknown_aspect_and_a_negative_seed_are_refused(engine):
    with pytest.raises(RecipeError, match="aspect"):
        engine.recipe(seed=7, aspect="5:4")
    with pytest.raises(RecipeError, match="seed"):
        engine.recipe(seed=-1, aspect="1:1")


@pytest.mark.parametrize("device", ["cuda:99", "abacus"])
def test_a_device_that_is_not_there_is_named(device, toy):
    with pytest.raises(DeviceError, match=f"no device '{device}' here"):
        Engine.load(toy, device=device)


def test_the_halves_may_keep_the_names_they_are_downloaded_under(tmp_path, engine):
    folder = save_toy(tmp_path, prior="kandinsky-2-1-prior", decoder="kandinsky-2-1")

    assert painted(Engine.load(folder)) == painted(engine)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_paints_the_same_picture_in_half_precision(toy, engine):
    on_gpu = np.asarray(painted(Engine.load(toy, device="cuda")), int)

    assert np.abs(on_gpu - np.asarray(painted(engine), int)).mean() < 2


def test_importing_the_package_loads_no_network():
    check = "import sys, generation; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_a_model_is_loaded_without_a_word(toy, capfd):
    Engine.load(toy)

    assert capfd.readouterr() == ("", "")
