import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from moderation.clip import ClipTextEncoder, OpenClip, TransformersClip
from moderation.errors import ClassifierUnavailable
from tests.moderation.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    PreprocessCfg,
    image_transform_v2,
    open_clip,
)
from tests.moderation.toy import DIMENSION, SIDE


@pytest.fixture(scope="session")
def architecture(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an architecture of toy width that open_clip has been taught."""
    tower = {"layers": 1, "width": 32}
    config = {
        "embed_dim": DIMENSION,
        "quick_gelu": True,
        "vision_cfg": tower | {"image_size": SIDE, "patch_size": 8, "head_width": 16},
        "text_cfg": tower | {"context_length": 8, "vocab_size": 50, "heads": 2},
    }
    file = tmp_path_factory.mktemp("open_clip") / "toy-quickgelu.json"
    file.write_text(json.dumps(config))
    open_clip.add_model_config(file)
    return file.stem


@pytest.fixture(scope="session")
def open_clip_model(architecture: str):
    return open_clip.create_model(architecture).eval()


@pytest.fixture
def open_clip_file(open_clip_model, tmp_path):
    save_file(open_clip_model.state_dict(), tmp_path / "open_clip.safetensors")
    return tmp_path / "open_clip.safetensors"


@pytest.fixture(scope="session")
def picture() -> Image.Image:
    return Image.radial_gradient("L").resize((SIDE, SIDE)).convert("RGB")


def test_the_embedding_is_the_projected_one_without_normalisation(
    clip_folder, encoder, picture
):
    model = CLIPVisionModelWithProjection.from_pretrained(clip_folder)
    with torch.inference_mode():
        expected = model(torch.tensor(encoder.preprocessing(picture))[None])

    embedding = encoder.embed(picture)

    assert (embedding.dtype, embedding.shape) == (np.float32, (DIMENSION,))
    assert embedding == pytest.approx(expected.image_embeds[0].numpy(), abs=1e-5)


def test_many_squares_are_embedded_as_each_alone(encoder, picture):
    other = picture.rotate(90).point(lambda shade: 255 - shade)
    square_views = np.stack([np.asarray(picture), np.asarray(other)])

    made = encoder.embed_batch(square_views)

    for ours, alone in zip(made, map(encoder.embed, (picture, other)), strict=True):
        assert ours == pytest.approx(alone, abs=1e-4)


def test_the_version_names_the_weights(clip_folder, encoder):
    digest = sha256((clip_folder / "model.safetensors").read_bytes()).hexdigest()

    assert encoder.digest == digest
    assert encoder.version == f"clip@{digest[:12]}"


def test_the_configuration_of_pixels_may_lie_in_a_folder_of_its_own(
    own_clip_folder, tmp_path, encoder, picture
):
    processor = tmp_path / "image_processor"
    processor.mkdir()
    name = "preprocessor_config.json"
    (own_clip_folder / name).rename(processor / name)

    elsewhere = TransformersClip.load(own_clip_folder, processor)

    assert elsewhere.embed(picture) == pytest.approx(encoder.embed(picture))


def test_weights_of_half_precision_are_read(own_clip_folder, encoder, picture):
    model = CLIPVisionModelWithProjection.from_pretrained(own_clip_folder)
    model.half().save_pretrained(own_clip_folder)

    embedding = TransformersClip.load(own_clip_folder).embed(picture)

    assert embedding == pytest.approx(encoder.embed(picture), abs=1e-2)


def test_weights_cut_short_are_refused(own_clip_folder):
    weights = own_clip_folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])

    with pytest.raises(ClassifierUnavailable, match="cannot read"):
        TransformersClip.load(own_clip_folder)


def test_weights_that_lack_a_tensor_are_refused(own_clip_folder):
    weights = load_file(own_clip_folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, own_clip_folder / "model.safetensors")

    with pytest.raises(ClassifierUnavailable, match=r"visual_projection\.weight"):
        TransformersClip.load(own_clip_folder)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_missing_file_is_refused(name, own_clip_folder):
    (own_clip_folder / name).unlink()

    with pytest.raises(ClassifierUnavailable):
        TransformersClip.load(own_clip_folder)


def test_open_clip_embeds_as_its_own_model_does(
    open_clip_file, open_clip_model, architecture, picture
):
    encoder = OpenClip.load(open_clip_file, architecture=architecture)
    pixels = torch.tensor(encoder.preprocessing(picture))[None]
    with torch.inference_mode():
        [expected] = open_clip_model.encode_image(pixels)

    embedding = encoder.embed(picture)

    assert embedding == pytest.approx(expected.numpy(), abs=1e-5)


def test_open_clip_prepares_pixels_as_its_own_transform_does(
    open_clip_file, open_clip_model, architecture
):
    photo = Image.radial_gradient("L").resize((51, 77)).convert("RGB")
    settings = PreprocessCfg(**open_clip_model.visual.preprocess_cfg)
    theirs = image_transform_v2(settings, is_train=False)(photo).numpy()

    ours = OpenClip.load(open_clip_file, architecture=architecture).preprocessing(photo)

    assert np.abs(ours - theirs).max() < 2 / 255 / 0.26


def test_weights_of_another_architecture_are_refused(clip_folder, architecture):
    with pytest.raises(ClassifierUnavailable, match=f"no {architecture}"):
        OpenClip.load(clip_folder / "model.safetensors", architecture=architecture)


def test_importing_the_module_does_not_import_torch():
    code = "import moderation.clip, sys; sys.exit('torch' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)


PRIOR = Path("generation/bundled/kandinsky-mini/prior")


@pytest.fixture(scope="module")
def reader() -> ClipTextEncoder:
    """The text half of kandinsky-mini's CLIP."""
    return ClipTextEncoder.load(PRIOR / "text_encoder", PRIOR / "tokenizer")


def test_a_text_is_read_as_the_model_itself_reads_it(reader):
    model = CLIPTextModelWithProjection.from_pretrained(PRIOR / "text_encoder").float()
    with torch.inference_mode():
        expected = model(reader.tokens(["a red lake"])).text_embeds

    made = reader.embed(["a red lake", "озеро"])

    assert made.shape == (2, expected.shape[1])
    assert made[0] == pytest.approx(expected[0].numpy(), abs=1e-4)


def test_what_is_too_long_is_cut(reader):
    long, longer = "lake " * 200, "lake " * 300

    embeddings = reader.embed([long, longer])

    assert np.array_equal(*embeddings)


def test_a_missing_tokenizer_is_refused(tmp_path):
    with pytest.raises(ClassifierUnavailable, match=r"vocab\.json is missing"):
        ClipTextEncoder.load(PRIOR / "text_encoder", tmp_path)


def test_weights_that_do_not_fit_are_refused(tmp_path):
    folder = copytree(PRIOR / "text_encoder", tmp_path / "text")
    save_file({"strange": torch.ones(1)}, folder / "model.safetensors")

    with pytest.raises(ClassifierUnavailable, match="no CLIP text encoder"):
        ClipTextEncoder.load(folder, PRIOR / "tokenizer")


def test_open_clip_s_file_holds_the_text_half_as_well(tmp_path):
    name = "toy-text-quickgelu"
    config = tmp_path / f"{name}.json"
    config.write_text(
        '{"embed_dim": 16, "quick_gelu": true,'
        ' "vision_cfg": {"layers": 1, "width": 32, "image_size": 32, "patch_size": 8,'
        ' "head_width": 16}, "text_cfg": {"layers": 1, "width": 32,'
        ' "context_length": 12, "vocab_size": 49408, "heads": 2}}'
    )
    open_clip.add_model_config(config)
    model = open_clip.create_model(name).eval()
    save_file(model.state_dict(), tmp_path / "clip.safetensors")
    with torch.inference_mode():
        expected = model.encode_text(open_clip.get_tokenizer(name)(["a lake"]))

    reader = ClipTextEncoder.load_open_clip(
        tmp_path / "clip.safetensors", architecture=name
    )

    assert reader.embed(["a lake"]) == pytest.approx(expected.numpy(), abs=1e-5)
