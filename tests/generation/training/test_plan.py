from pathlib import Path

import pytest

from generation.errors import PlanError
from generation.training import __main__ as command
from generation.training.plan import FrameConfig, Plan

FULL = command.PLAN.with_name("full.toml")


def faults(*changes: str, plan: Path = command.PLAN) -> list[str]:
    """What is told of *plan* after *changes*, line by line."""
    with pytest.raises(PlanError) as caught:
        Plan.read(plan, changes)
    first, *lines = str(caught.value).splitlines()
    assert first == f"{plan} is not a training plan:"
    return lines


def test_the_plan_of_kandinsky_mini_is_whole():
    plan = Plan.read(command.PLAN)

    assert plan.side == plan.seen == 64
    assert plan.latents.frames[0].pixels(plan.side) == (64, 64)


def test_clip_sees_less_than_the_decoder_paints_where_a_plan_says_so():
    plan = Plan.read(FULL)

    assert (plan.side, plan.seen) == (768, 224)


def test_a_frame_is_as_many_sides_as_it_says():
    assert FrameConfig(size=(1.5, 1.0), pictures=1).pixels(64) == (96, 64)


@pytest.mark.parametrize("text", ["", "seed = ", "seed = 1\n[clip]\nsteps = 1"])
def test_an_incomplete_plan_names_its_file(tmp_path: Path, text):
    file = tmp_path / "plan.toml"
    file.write_text(text, "utf-8")

    assert faults(plan=file)


def test_a_plan_that_is_not_there_says_so(tmp_path: Path):
    [line] = faults(plan=tmp_path / "none.toml")

    assert "No such file" in line


def test_all_faults_of_a_plan_are_named_at_once(tmp_path: Path):
    text = command.PLAN.read_text("utf-8").replace("num_layers = 3", "num_layrs = 3")
    file = tmp_path / "plan.toml"
    file.write_text(text, "utf-8")

    lines = faults("clip.steps = -3", "decoder.drop_image = 1.5", plan=file)

    assert lines == [
        "shapes.prior.num_layers is missing",
        "shapes.prior.num_layrs is unknown; did you mean num_layers?",
        "clip.steps is -3; it should be greater than 0",
        "decoder.drop_image is 1.5; it should be less than or equal to 1",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("sides = 64", "sides is unknown; did you mean side?"),
        ("world.wind = 1", "world.wind is unknown; known are font, subjects,"),
        ("clip.batch = 0", "clip.batch is 0; it should be greater than 0"),
        ("clip.batch = true", "clip.batch is True; it should be a valid integer"),
        ("clip.rate = '1'", "clip.rate is '1'; it should be a valid number"),
        ("clip.rate = nan", "clip.rate is nan; it should be a finite number"),
        ("clip.optimizer = 'sgd'", "clip.optimizer is 'sgd'; it should be 'adamw' or"),
        ("decoder = 3", "decoder is 3; it should be a table"),
        ("world.subjects.cat = 1", "world.subjects: cat is unknown; known are one,"),
        ("world.subjects.one = 0", "world.subjects: at least one share must be above"),
        ("side = 72", "side must divide by 16, got 72"),
        ("side = 8", "side is 8; it should be greater than or equal to 11"),
        ("shapes.image_encoder.image_size = 12", "what CLIP sees must divide by 8"),
        ("shapes.movq.block_out_channels = [48]", "it should be a multiple of 32"),
        ("shapes.unet.attention_head_dim = 48", "block_out_channels must divide by 48"),
        ("shapes.multilingual.hidden_size = 130", "hidden_size must divide by 4"),
        ("latents.frames = []", "latents.frames: the first size must be [1.0, 1.0]"),
        ("latents.frames = [{}]", "latents.frames.0.size is missing"),
        ("side", "side is not a line of TOML"),
    ],
)
def test_a_fault_is_named_with_its_key_its_value_and_what_is_right(change, fault):
    assert fault in faults(change)[0]


def test_a_change_leaves_the_rest_of_its_table():
    before = Plan.read(command.PLAN)

    after = Plan.read(command.PLAN, ["decoder.batch = 1", "samples = false"])

    assert after.decoder == before.decoder.model_copy(update={"batch": 1})
    assert not after.samples
    assert after.clip == before.clip
