from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from generation.checkpoints.weights import Weights
from generation.engine import Engine
from generation.errors import CheckpointError
from generation.recipe import PriorKind
from generation.regimes import inpainting, text_to_image
from generation.training.initial_networks import UntrainedNetworks
from generation.training.plan import Plan
from generation.training.stages import STAGES

TOY = Path(__file__).with_name("toy.toml")
LEARNING = (
    "clip",
    "autoencoder",
    "prior",
    "residual",
    "decoder",
    "inpaint",
    "polish",
)


class Silent:
    """Says nothing."""

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        pass

    def shown(self, stage: str, *, step: int, sample: PIL.Image.Image) -> None:
        pass


class Impatient:
    """Stops a run after its first step."""

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        raise KeyboardInterrupt

    def shown(self, stage: str, *, step: int, sample: PIL.Image.Image) -> None:
        raise AssertionError


@pytest.mark.parametrize("stage", ["autoencoder", "decoder", "inpaint", "polish"])
def test_what_a_stage_can_do_is_shown_whenever_it_saves(trained, stage):
    samples = trained.monitor.samples[stage]

    assert [sample.size for sample in samples] == [(8 * 16, 2 * 16)] * 2


def test_a_bundle_paints(trained):
    engine = Engine.load(trained.folder / "bundle")
    recipe = engine.recipe(seed=1, aspect="16:9")

    request = engine.run_prior(text_to_image("кот на красном фоне"), recipe)
    picture = engine.run_decoder(request, lambda *_: None)

    assert picture.size == (recipe.width, recipe.height)


@pytest.mark.parametrize("kind", PriorKind)
def test_a_bundle_has_every_prior(trained, kind):
    engine = Engine.load(trained.folder / "bundle")
    recipe = replace(engine.recipe(seed=1, aspect="1:1"), prior=kind)

    request = engine.run_prior(text_to_image("кот"), recipe)

    assert request.prior_output is not None
    assert request.prior_output.embedding.shape == (32,)


def test_a_bundle_without_the_priors_that_nobody_trained_is_whole(trained, tmp_path):
    for file in trained.folder.iterdir():
        if file.stem not in {"linear", "residual", "inpaint", "bundle"}:
            (tmp_path / file.name).symlink_to(file)

    STAGES["bundle"](replace(trained, folder=tmp_path, monitor=trained.monitor))

    half = tmp_path / "bundle" / "prior"
    assert (half / "prior").is_dir()
    assert not (half / "linear").exists()
    assert not (half / "residual").exists()


def test_the_linear_prior_is_fitted_once(trained):
    told = list(trained.monitor.steps["linear"])

    STAGES["linear"](trained)

    captions = trained.plan.linear.captions * trained.plan.latents.frames[0].pictures
    assert trained.monitor.steps["linear"] == told
    assert told[-1] == captions


def test_a_bundle_lists_every_file(trained):
    folder = trained.folder / "bundle"
    present = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file()
    }

    lines = (folder / "DIGESTS").read_text("utf-8").splitlines()

    assert {line.split("  ")[1] for line in lines} == present - {"DIGESTS"}
    assert Weights.find(folder).verified().startswith("bundle@")


@pytest.mark.parametrize("stage", LEARNING)
def test_every_step_is_told_once(trained, stage):
    assert trained.monitor.steps[stage] == [1, 2]


@pytest.mark.parametrize("stage", sorted(set(STAGES) - {"tokenizers"}))
def test_a_stage_before_its_turn_says_what_is_missing(trained, tmp_path, stage):
    with pytest.raises(CheckpointError, match="is not there: take the stage"):
        STAGES[stage](replace(trained, folder=tmp_path))


def test_what_adafactor_remembers_is_continued(trained, tmp_path):
    plan = Plan.read(TOY, ["clip.optimizer = 'adafactor'"])
    folders = [tmp_path / name for name in ("whole", "stopped")]
    for folder in folders:
        folder.mkdir()
        (folder / "tokenizers").symlink_to(trained.tokenizers)
    whole, stopped = (
        replace(trained, plan=plan, folder=folder, monitor=Silent())
        for folder in folders
    )

    STAGES["clip"](whole)
    with pytest.raises(KeyboardInterrupt):
        STAGES["clip"](replace(stopped, monitor=Impatient()))
    STAGES["clip"](stopped)

    state, expected = (load_file(run.file("clip")) for run in (stopped, whole))
    assert any(name.endswith("exp_avg_sq_row") for name in expected)
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[name], expected[name]) for name in state)


@pytest.mark.parametrize("stage", LEARNING)
def test_a_run_that_was_interrupted_ends_as_one_that_was_not(trained, tmp_path, stage):
    for file in trained.folder.iterdir():
        if file != trained.file(stage):
            (tmp_path / file.name).symlink_to(file)
    interrupted = replace(trained, folder=tmp_path, monitor=Impatient())

    with pytest.raises(KeyboardInterrupt):
        STAGES[stage](interrupted)
    STAGES[stage](replace(trained, folder=tmp_path, monitor=Silent()))

    state, expected = (load_file(run.file(stage)) for run in (interrupted, trained))
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[name], expected[name]) for name in state)


def test_a_finished_stage_does_not_train_again(trained):
    before = trained.file("prior").stat().st_mtime_ns

    STAGES["prior"](trained)

    assert trained.file("prior").stat().st_mtime_ns == before


def test_polishing_leaves_the_latents_as_they_were(trained):
    before, after = (
        load_file(trained.file(stage)) for stage in ("autoencoder", "polish")
    )

    encoder = [name for name in before if name.startswith("averaged.movq.encoder")]

    assert encoder
    assert all(torch.equal(before[name], after[name]) for name in encoder)


def test_a_checkpoint_of_other_networks_is_refused(trained, tmp_path):
    (tmp_path / "tokenizers").symlink_to(trained.tokenizers)
    (tmp_path / "clip.safetensors").symlink_to(trained.file("autoencoder"))

    with pytest.raises(CheckpointError) as caught:
        STAGES["clip"](replace(trained, folder=tmp_path, monitor=trained.monitor))

    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'clip.safetensors'} was written for other")
    assert "networks.critic.layers.0.bias is [64] there, and nothing in" in said


def test_a_checkpoint_of_other_widths_names_both(trained, tmp_path):
    (tmp_path / "tokenizers").symlink_to(trained.tokenizers)
    (tmp_path / "clip.safetensors").symlink_to(trained.file("clip"))
    wider = Plan.read(TOY, ["shapes.text_encoder.intermediate_size = 64"])

    with pytest.raises(CheckpointError, match=r"fc1\.bias is \[32\] there, and \[64\]"):
        STAGES["clip"](
            replace(
                trained, folder=tmp_path, plan=wider, initial=UntrainedNetworks(wider)
            )
        )


def test_a_bundle_can_inpaint(trained):
    engine = Engine.load(trained.folder / "bundle")
    recipe = engine.recipe(seed=1, aspect="1:1")
    scene = Image.new("RGB", (16, 16), "red")
    mask = Image.new("L", (16, 16))
    mask.paste(255, (0, 0, 8, 16))

    request = engine.run_prior(inpainting(scene, mask, prompt="кот"), recipe)
    picture = engine.run_decoder(request, lambda *_: None)

    right = (12, 0, 16, 16)
    assert picture.crop(right).tobytes() == scene.crop(right).tobytes()
