import json
import pickle
from shutil import copytree

import pytest
import torch
from safetensors.torch import load_file

from generation.checkpoints.conversion.convert import convert
from generation.checkpoints.conversion.originals import Architecture
from generation.checkpoints.families import Family
from generation.checkpoints.inspection import inspect
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
    load,
)
from generation.errors import WeightsError
from tests.generation.checkpoints.authors import (
    movq_checkpoint,
    prior_checkpoint,
    unet_checkpoint,
)

CPU = torch.device("cpu")
KINDS = {
    "prior/prior": PriorTransformer,
    "prior/text_encoder": CLIPTextModelWithProjection,
    "prior/image_encoder": CLIPVisionModelWithProjection,
    "decoder/text_encoder": MultilingualCLIP,
    "decoder/unet": UNet2DConditionModel,
    "decoder/movq": VQModel,
    "inpaint/unet": UNet2DConditionModel,
}


def network(folder, part):
    return load(KINDS[part], folder / part, device=CPU, dtype=torch.float32)


def tensors(folder, part):
    [file] = (folder / part).glob("*.safetensors")
    return load_file(file)


def config(folder, part):
    return json.loads((folder / part / "config.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def architecture(toy):
    def sizes(part):
        known = config(toy, part)
        return {name: known[name] for name in known if not name.startswith("_")}

    return Architecture(
        prior=sizes("prior/prior"),
        unet=sizes("decoder/unet"),
        inpaint=sizes("inpaint/unet"),
        movq=sizes("decoder/movq"),
    )


@pytest.fixture(scope="module")
def originals(toy, tmp_path_factory):
    """The toy model as the authors would have published it; nobody writes into it."""
    folder = tmp_path_factory.mktemp("originals")
    prior, statistics = prior_checkpoint(network(toy, "prior/prior"))
    torch.save(prior | {"causal_mask": torch.zeros(1)}, folder / "prior_fp16.ckpt")
    torch.save(statistics, folder / "ViT-L-14_stats.th")
    for name, part in (
        ("decoder_fp16.ckpt", "decoder/unet"),
        ("inpainting_fp16.ckpt", "inpaint/unet"),
    ):
        torch.save(unet_checkpoint(network(toy, part)), folder / name)
    movq = movq_checkpoint(network(toy, "decoder/movq"))
    torch.save(movq, folder / "movq_final.ckpt")
    save_text_encoder(toy, folder / "text_encoder")
    return folder


def save_text_encoder(toy, folder):
    copytree(toy / "decoder/tokenizer", folder)
    state = tensors(toy, "decoder/text_encoder")
    torch.save(state, folder / "pytorch_model.bin")
    plain = config(toy, "decoder/text_encoder")
    del plain["numDims"], plain["transformerDimensions"], plain["architectures"]
    (folder / "config.json").write_text(json.dumps(plain), "utf-8")


@pytest.fixture(scope="module")
def clip(toy, tmp_path_factory):
    """CLIP as the hub has it: both halves in one folder."""
    folder = tmp_path_factory.mktemp("clip") / "clip-vit-large-patch14"
    copytree(toy / "prior/tokenizer", folder)
    copytree(toy / "prior/image_processor", folder, dirs_exist_ok=True)
    text, vision = (config(toy, f"prior/{half}_encoder") for half in ("text", "image"))
    both = {
        "model_type": "clip",
        "projection_dim": text.pop("projection_dim"),
        "text_config": text,
        "vision_config": {k: v for k, v in vision.items() if k != "projection_dim"},
    }
    (folder / "config.json").write_text(json.dumps(both), "utf-8")
    state = tensors(toy, "prior/text_encoder") | tensors(toy, "prior/image_encoder")
    state["logit_scale"] = torch.zeros(())
    torch.save(state, folder / "pytorch_model.bin")
    return folder


@pytest.fixture(scope="module")
def converted(originals, clip, architecture, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "converted"
    parts = list(convert(originals, folder, clip=clip, architecture=architecture))
    return folder, {part.part: part for part in parts}


def test_the_authors_checkpoints_become_a_whole_model(converted):
    folder, _ = converted

    report = inspect(folder)

    assert report.problems == ()
    assert [part.part for part in report.findings if part.problem] == []
    assert report.family is Family.KANDINSKY_21
    assert report.model is not None
    assert report.model.startswith("converted@")


@pytest.mark.parametrize("part", KINDS)
def test_every_tensor_is_in_its_place(part, converted, toy):
    folder, parts = converted

    found, wanted = tensors(folder, part), tensors(toy, part)

    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert parts[part].tensors == len(wanted)


@pytest.mark.parametrize("part", ["decoder/unet", "inpaint/unet"])
@torch.no_grad()
def test_a_converted_unet_answers_as_before(part, converted, toy):
    folder, _ = converted
    channels = config(toy, part)["in_channels"]
    conditions = {"text_embeds": torch.ones(1, 32), "image_embeds": torch.ones(1, 32)}
    states = torch.linspace(-1, 1, 77 * 24).view(1, 77, 24)
    sample = torch.linspace(-1, 1, channels * 64).view(1, channels, 8, 8)

    before, after = (
        network(of, part)(sample, 500, states, added_cond_kwargs=conditions).sample
        for of in (toy, folder)
    )

    assert torch.equal(before, after)


@torch.no_grad()
def test_a_converted_autoencoder_answers_as_before(converted, toy):
    folder, _ = converted
    pixels = torch.linspace(-1, 1, 3 * 32 * 32).view(1, 3, 32, 32)

    before, after = (network(of, "decoder/movq")(pixels).sample for of in (toy, folder))

    assert torch.equal(before, after)


@torch.no_grad()
def test_a_converted_prior_answers_as_before(converted, toy):
    folder, _ = converted
    point, states = torch.linspace(-1, 1, 32)[None], torch.ones(1, 77, 32)

    before, after = (
        prior.post_process_latents(prior(point, 500, point, states)[0])
        for prior in (network(toy, "prior/prior"), network(folder, "prior/prior"))
    )

    assert torch.equal(before, after)


def test_what_has_no_place_is_told(converted):
    _, parts = converted

    assert parts["prior/prior"].unexpected == ("causal_mask",)
    assert parts["decoder/unet"].unexpected == ()


def test_a_checkpoint_can_come_alone(originals, architecture, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    name = "inpainting_fp16.ckpt"
    (source / name).write_bytes((originals / name).read_bytes())

    [part] = convert(source, tmp_path / "new", architecture=architecture)

    assert part.part == "inpaint/unet"
    assert (tmp_path / "new/DIGESTS").is_file()


def failure(source, to, **options):
    with pytest.raises(WeightsError) as caught:
        list(convert(source, to, **options))
    assert not to.exists()
    assert not to.with_name(f"{to.name}.partial").exists()
    return str(caught.value)


@pytest.fixture
def own_originals(originals, tmp_path):
    return copytree(originals, tmp_path / "originals")


def test_a_checkpoint_without_a_tensor_names_it(own_originals, architecture, tmp_path):
    file = own_originals / "movq_final.ckpt"
    state = torch.load(file)
    del state["encoder.mid.attn_1.k.bias"]
    torch.save(state, file)

    said = failure(own_originals, tmp_path / "new", architecture=architecture)

    assert said.startswith(f"{file} lacks 1 of the 263 tensors of decoder/movq")
    assert "such as encoder.mid.attn_1.k.bias" in said


def test_a_checkpoint_of_other_sizes_is_no_kandinsky_21(originals, tmp_path):
    said = failure(originals, tmp_path / "new")

    assert said.startswith(f"{originals / 'prior_fp16.ckpt'} lacks")


def test_the_other_unet_is_told_apart(own_originals, architecture, tmp_path):
    file = own_originals / "decoder_fp16.ckpt"
    (own_originals / "inpainting_fp16.ckpt").replace(file)

    said = failure(own_originals, tmp_path / "new", architecture=architecture)

    assert said.startswith(f"{file} does not hold decoder/unet of Kandinsky 2.1: input")


def test_a_prior_without_its_statistics_is_not_enough(
    own_originals, architecture, tmp_path
):
    (own_originals / "ViT-L-14_stats.th").unlink()

    said = failure(own_originals, tmp_path / "new", architecture=architecture)

    assert said == f"{own_originals / 'ViT-L-14_stats.th'} is missing: fetch it again"


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-1000]),
        lambda file: file.write_bytes(pickle.dumps(open)),
        lambda file: torch.save({"weight": open}, file),
        lambda file: torch.save([torch.zeros(1)], file),
        lambda file: torch.save({"weight": "heavy"}, file),
    ],
    ids=["cut", "program", "program among tensors", "no names", "no tensors"],
)
def test_a_pickle_that_is_more_or_less_than_tensors_is_refused(
    damage, own_originals, architecture, tmp_path
):
    file = own_originals / "decoder_fp16.ckpt"
    damage(file)

    said = failure(own_originals, tmp_path / "new", architecture=architecture)

    assert said.startswith(f"{file} is ")


def test_half_of_a_clip_is_not_enough(originals, toy, architecture, tmp_path):
    half = toy / "prior/text_encoder"

    said = failure(originals, tmp_path / "new", clip=half, architecture=architecture)

    assert said.startswith(f"{half} does not hold both halves of CLIP")


def test_a_text_encoder_without_what_is_on_top_is_refused(
    own_originals, architecture, tmp_path
):
    file = own_originals / "text_encoder" / "pytorch_model.bin"
    state = torch.load(file)
    del state["LinearTransformation.weight"]
    torch.save(state, file)

    said = failure(own_originals, tmp_path / "new", architecture=architecture)

    assert "lacks LinearTransformation.weight: it is no XLM-R of Kandinsky 2.1" in said


def test_a_folder_that_is_there_is_left_alone(originals, toy):
    with pytest.raises(WeightsError, match="is there already: name a new folder"):
        list(convert(originals, toy))


def test_a_folder_with_nothing_in_it_says_what_could_be(tmp_path):
    said = failure(tmp_path, tmp_path / "new")

    assert said.startswith(f"{tmp_path} holds no Kandinsky: put prior/ and decoder/")
    assert said.endswith("inpainting_fp16.ckpt, movq_final.ckpt to convert")
