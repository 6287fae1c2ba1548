import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from generation.checkpoints.networks import UNet2DConditionModel, load
from generation.errors import PlanError, WeightsError
from generation.training.__main__ import main
from generation.training.initial_networks import PretrainedNetworks
from generation.training.plan import Plan
from generation.training.stages import STAGES

CPU = torch.device("cpu")
TOY = Path(__file__).with_name("toy.toml")


def same(ours, theirs):
    theirs = theirs.state_dict()
    return all(torch.equal(t, theirs[name]) for name, t in ours.state_dict().items())


@pytest.fixture
def bundle(trained):
    return trained.folder / "bundle"


@pytest.fixture
def onwards(trained, bundle, tmp_path):
    """A run that takes the bundle's networks further; it has read nothing yet."""
    return replace(
        trained,
        initial=PretrainedNetworks.of(bundle, trained.plan),
        folder=tmp_path / "onwards",
    )


def test_tokenizers_are_kept(onwards, bundle):
    STAGES["tokenizers"](onwards)

    for name, kept in (("clip", "prior"), ("multilingual", "decoder")):
        for file in (bundle / kept / "tokenizer").iterdir():
            assert (onwards.tokenizers / name / file.name).read_bytes() == (
                file.read_bytes()
            )


@pytest.mark.parametrize("part", ["movq", "unet", "prior", "towers"])
def test_networks_go_on_from_where_they_were(part, onwards, trained):
    embeddings = torch.randn(9, 32)
    begin = {
        "movq": onwards.initial.movq,
        "unet": onwards.initial.unet,
        "prior": lambda: onwards.initial.prior(embeddings),
        "towers": lambda: onwards.initial.towers(trained.vocabularies()).image,
    }[part]
    known = onwards.initial.networks
    stored = {
        "movq": known.movq,
        "unet": known.unet(known.weights.decoder),
        "prior": known.prior,
        "towers": known.image_encoder,
    }[part].load(device=CPU, dtype=torch.float32)

    network = begin()

    if part == "prior":
        torch.testing.assert_close(network.clip_mean[0], embeddings.mean(dim=0))
        stored.clip_mean, stored.clip_std = network.clip_mean, network.clip_std
    assert network.training
    assert same(network, stored)
    assert any(p.requires_grad for p in network.parameters())


def test_a_model_of_another_side_is_refused(bundle, trained):
    plan = trained.plan.model_copy(update={"side": 32})

    with pytest.raises(PlanError, match="squares of 16 pixels, the plan says 32"):
        PretrainedNetworks.of(bundle, plan)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("text_encoder.num_hidden_layers = 2", "prior/text_encoder: text_model"),
        ("image_encoder.intermediate_size = 64", "prior/image_encoder: vision_model"),
        ("multilingual.num_hidden_layers = 2", "decoder/text_encoder: transformer"),
        ("movq.layers_per_block = 2", "decoder/movq: decoder"),
        ("prior.num_layers = 2", "prior/prior: transformer_blocks"),
        ("unet.layers_per_block = 2", "decoder/unet: down_blocks"),
    ],
)
def test_a_model_of_other_shapes_is_refused_before_it_learns(change, told, bundle):
    plan = Plan.read(TOY, [f"shapes.{change}"])

    with pytest.raises(PlanError) as caught:
        PretrainedNetworks.of(bundle, plan)

    assert f"{bundle}/{told}" in str(caught.value)
    assert " in this plan: give it the model's shapes" in str(caught.value)


def test_the_command_takes_a_model_further(bundle, trained, tmp_path):
    config = tmp_path / "toy.toml"
    config.write_text(TOY.read_text("utf-8"), "utf-8")
    started = ["--from", str(bundle), "--to", str(tmp_path / "run")]

    done = CliRunner().invoke(
        main, [*started, "--config", str(config), "tokenizers", "clip"]
    )

    assert done.exit_code == 0, done.output
    before = load_file(bundle / "prior" / "image_encoder" / "model.safetensors")
    after = load_file(tmp_path / "run" / "clip.safetensors")
    name = "vision_model.embeddings.patch_embedding.weight"
    drift = after[f"averaged.image.{name}"] - before[name].float()
    assert 0 < drift.abs().max() < 0.01  # two steps of 0.001


def test_texts_come_to_an_image_tower_that_is_locked(onwards, bundle):
    locked = onwards.plan.clip.model_copy(update={"locked": True})
    plan = onwards.plan.model_copy(update={"clip": locked})

    for stage in ("tokenizers", "clip"):
        STAGES[stage](replace(onwards, plan=plan))

    before, towers = PretrainedNetworks.of(bundle, plan).networks, onwards.towers()
    assert same(towers.image, before.image_encoder.load(device=CPU, dtype=torch.float))
    for text, part in (
        (towers.text, before.text_encoder),
        (towers.multilingual, before.multilingual),
    ):
        assert not same(text, part.load(device=CPU, dtype=torch.float))


def test_an_image_tower_that_knows_nothing_is_not_locked(tmp_path):
    config = tmp_path / "toy.toml"
    config.write_text(TOY.read_text("utf-8"), "utf-8")
    locked = ["--config", str(config), "--set", "clip.locked=true"]

    done = CliRunner().invoke(
        main, [*locked, "--to", str(tmp_path / "run"), "tokenizers", "clip"]
    )

    assert done.exit_code == 1
    assert "clip.locked is true" in done.output
    assert "--from" in done.output
    assert not (tmp_path / "run" / "clip.safetensors").exists()


def test_what_is_no_model_is_named(tmp_path):
    plan = Plan.read(TOY)

    with pytest.raises(WeightsError, match=str(tmp_path)):
        PretrainedNetworks.of(tmp_path, plan)


def test_what_the_inpainting_decoder_shares_is_stored_once(trained, bundle):
    shared = tuple(trained.plan.inpaint.shares)
    folder = bundle / "inpaint" / "unet"

    [own] = folder.glob("*.safetensors")
    [index] = folder.glob("*.index.json")

    placed = json.loads(index.read_text("utf-8"))["weight_map"]
    assert shared
    assert set(load_file(own)) == {n for n, p in placed.items() if p == own.name}
    for name, piece in placed.items():
        assert name.startswith(shared) <= (piece != own.name)
    learnt = ("conv_in.weight", "conv_out.weight")
    assert {placed[name] for name in learnt} == {own.name}
    inpainting, decoder = (
        load(UNet2DConditionModel, bundle / half / "unet", device=CPU, dtype=torch.half)
        for half in ("inpaint", "decoder")
    )
    for part in shared:
        assert same(inpainting.get_submodule(part), decoder.get_submodule(part))


def test_a_part_that_no_decoder_has_is_named(trained):
    parts = trained.plan.inpaint.model_copy(update={"shares": ("mid_blok",)})
    plan = trained.plan.model_copy(update={"inpaint": parts})

    with pytest.raises(PlanError, match="no part 'mid_blok', but"):
        STAGES["inpaint"](replace(trained, plan=plan))
