import re
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from generation.checkpoints.families import Family
from generation.checkpoints.geometry import Geometry
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
)
from generation.checkpoints.weights import Weights, write_digests
from generation.errors import WeightsError
from generation.loader import Loader
from tests.generation.toy import save_unet

LOADS = {
    "prior/text_encoder": Loader.clip_text_encoder,
    "prior/prior": Loader.priors,
    "prior/image_encoder": Loader.image_encoder,
    "decoder/text_encoder": Loader.multilingual_text_encoder,
    "decoder/unet": Loader.decoder,
    "decoder/movq": Loader.autoencoder,
    "inpaint/unet": Loader.inpaint,
}
"""What brings which part into memory."""

OTHERS = ["prior/tokenizer", "prior/image_processor", "decoder/tokenizer"]


def weights_of(folder, part):
    [file] = (folder / part).glob("*.safetensors")
    return file


def complaint(folder, *parts):
    with pytest.raises(WeightsError) as caught, torch.inference_mode():
        weights = Weights.find(folder)
        weights.verified()
        loader = Loader.of(weights, Geometry.of(weights), "cpu")
        for part in parts or LOADS:
            LOADS[part](loader)
    return str(caught.value)


def test_a_folder_without_a_model_says_what_belongs_there(tmp_path):
    assert complaint(tmp_path) == (
        f"{tmp_path} holds no Kandinsky: put prior/ and decoder/ or "
        "kandinsky-2-1-prior/ and kandinsky-2-1/ or "
        "kandinsky-2-2-prior/ and kandinsky-2-2-decoder/ into it"
    )


@pytest.mark.parametrize("part", [*LOADS, *OTHERS])
def test_a_missing_part_is_named(part, own_toy):
    shutil.rmtree(own_toy / part)

    assert complaint(own_toy) == f"{own_toy / part} is missing: fetch the model again"


@pytest.mark.parametrize("part", LOADS)
def test_a_missing_configuration_is_named(part, own_toy):
    (own_toy / part / "config.json").unlink()

    assert complaint(own_toy, part).startswith(
        f"{own_toy / part / 'config.json'} is missing"
    )


@pytest.mark.parametrize("part", LOADS)
def test_missing_weights_are_named(part, own_toy):
    weights_of(own_toy, part).unlink()

    assert complaint(own_toy, part).startswith(
        f"{own_toy / part} holds no .safetensors file"
    )


@pytest.mark.parametrize("part", LOADS)
def test_a_file_cut_short_is_named(part, own_toy):
    file = weights_of(own_toy, part)
    file.write_bytes(file.read_bytes()[:-100])

    assert complaint(own_toy, part).startswith(f"{file} is damaged or cut short")


@pytest.mark.parametrize("part", LOADS)
def test_a_tensor_too_few_is_named_not_invented(part, own_toy):
    file = weights_of(own_toy, part)
    tensors = load_file(file)
    name = max(tensors)
    del tensors[name]
    save_file(tensors, file, metadata={"format": "pt"})

    said = complaint(own_toy, part)

    assert said.startswith(f"{own_toy / part}: weights and config.json disagree")
    assert "missing keys" in said


@pytest.mark.parametrize("part", LOADS)
def test_a_tensor_of_another_shape_is_refused(part, own_toy):
    file = weights_of(own_toy, part)
    tensors = load_file(file)
    name = max(tensors)
    tensors[name] = torch.zeros(3, *tensors[name].shape)
    save_file(tensors, file, metadata={"format": "pt"})

    assert complaint(own_toy, part).startswith(f"{own_toy / part}")


def test_a_configuration_that_is_not_json_is_named(own_toy):
    file = own_toy / "decoder" / "unet" / "config.json"
    file.write_text("{", "utf-8")

    assert complaint(own_toy).startswith(f"{file} is not JSON")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('"in_channels": 4', '"in_channels": 9', "is the inpainting U-Net of kandin"),
        ('"in_channels": 4', '"in_channels": 8', "is a ControlNet decoder of Kandin"),
        ('"in_channels": 4', '"in_channels": 3', "has in_channels 3, the U-Nets of"),
        (
            '"text_image"',
            '"text"',
            "'text_image' or 'image' or 'image_hint', got 'text'",
        ),
        ('"text_image"', '"image"', "inpaint/unet is of kandinsky-2.1, the decoder"),
        ('"sample_size": 8', '"sample": 8', "lacks a sound entry ('sample_size')"),
        ('"out_channels": 8', '"out_channels": 4', "the inpainting U-Net has fold, "),
    ],
)
def test_a_relative_of_the_decoder_is_told_apart(was, becomes, said, own_toy):
    file = own_toy / "decoder" / "unet" / "config.json"
    file.write_text(file.read_text("utf-8").replace(was, becomes), "utf-8")

    assert said in complaint(own_toy)


def test_an_inpainting_decoder_of_another_family_is_told_apart(own_toy):
    save_unet(own_toy / "inpaint" / "unet", Family.KANDINSKY_22, in_channels=9)

    assert complaint(own_toy).startswith(
        f"{own_toy / 'inpaint' / 'unet'} is of kandinsky-2.2, "
        "the decoder beside it of kandinsky-2.1"
    )


def test_a_painting_decoder_is_no_inpainting_one(own_toy):
    save_unet(own_toy / "inpaint" / "unet", Family.KANDINSKY_21)

    assert complaint(own_toy).endswith("where the inpainting one belongs")


@pytest.mark.parametrize(
    ("part", "kind", "entry"),
    [
        ("prior/image_encoder", CLIPVisionModelWithProjection, "projection_dim"),
        ("prior/text_encoder", CLIPTextModelWithProjection, "projection_dim"),
        ("decoder/text_encoder", MultilingualCLIP, "numDims"),
    ],
)
def test_a_whole_part_of_another_model_is_told_apart(part, kind, entry, own_toy):
    config = kind.config_class.from_pretrained(own_toy / part)
    setattr(config, entry, 16)
    kind(config).save_pretrained(own_toy / part)

    assert complaint(own_toy, part).startswith(
        f"{own_toy / part / 'config.json'} has {entry} 16, "
        "where the rest of the model needs 32"
    )


def test_an_image_encoder_that_is_shown_another_size_is_told_apart(own_toy):
    file = own_toy / "prior" / "image_processor" / "preprocessor_config.json"
    file.write_text(file.read_text("utf-8").replace('"width": 32', '"width": 24'))
    file.write_text(file.read_text("utf-8").replace('"height": 32', '"height": 24'))

    assert "has image_size 32, where the rest of the model needs 24" in complaint(
        own_toy, "prior/image_encoder"
    )


def test_a_tokenizer_that_knows_more_words_than_its_encoder_is_told_apart(own_toy):
    folder = own_toy / "decoder" / "tokenizer"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    words = tokenizer.get_vocab_size()
    tokenizer.add_tokens(["kandinsky"])
    tokenizer.save(str(folder / "tokenizer.json"))

    assert complaint(own_toy, "decoder/text_encoder").startswith(
        f"{folder} has {words + 1} words, its encoder knows {words}"
    )


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("decoder/tokenizer/tokenizer.json", "is missing"),
        ("prior/tokenizer/vocab.json", "holds neither tokenizer.json nor vocab.json"),
    ],
)
def test_a_missing_tokenizer_is_named(file, said, own_toy):
    (own_toy / file).unlink()

    assert said in complaint(own_toy)


def test_a_damaged_tokenizer_is_named(own_toy):
    file = own_toy / "decoder" / "tokenizer" / "tokenizer.json"
    file.write_text(file.read_text("utf-8")[:-9], "utf-8")

    assert complaint(own_toy).startswith(f"{file} is damaged")


def test_true_digests_let_a_model_in(own_toy):
    unlisted = Weights.find(own_toy).verified()
    write_digests(own_toy)

    assert Weights.find(own_toy).verified() == unlisted


def test_a_translation_from_elsewhere_is_part_of_the_name(own_toy, tmp_path):
    write_digests(own_toy)
    elsewhere = tmp_path / "opus"
    elsewhere.mkdir()
    (elsewhere / "config.json").write_text("{}", "utf-8")
    run_alone = Weights.find(own_toy)

    both = replace(run_alone, translation=elsewhere)

    assert both.verified() != run_alone.verified()


def test_a_file_that_its_digest_disowns_is_named(own_toy):
    write_digests(own_toy)
    file = weights_of(own_toy, "decoder/movq")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)

    assert complaint(own_toy).startswith(f"{file} has sha256 ")


def test_a_file_without_a_digest_is_refused_beside_those_with_one(own_toy):
    write_digests(own_toy)
    file = own_toy / "decoder" / "unet" / "another.safetensors"
    shutil.copy(weights_of(own_toy, "decoder/unet"), file)

    assert complaint(own_toy) == f"{file} is not listed in DIGESTS"


def test_a_listed_file_that_is_gone_is_named(own_toy):
    write_digests(own_toy)
    file = own_toy / "decoder" / "tokenizer" / "tokenizer_config.json"
    file.unlink()

    assert complaint(own_toy) == f"{file} is missing: fetch the model again"


def test_a_line_that_is_no_digest_is_shown(own_toy):
    (own_toy / "DIGESTS").write_text("nonsense\n", "utf-8")

    assert complaint(own_toy).endswith("has a line that is no digest: 'nonsense'")


def test_two_models_of_one_name_are_told_apart(own_toy):
    before = Weights.find(own_toy).verified()
    file = weights_of(own_toy, "decoder/movq")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)

    after = Weights.find(own_toy).verified()

    assert re.fullmatch(r"toy@[0-9a-f]{12}", before)
    assert after.startswith("toy@")
    assert after != before
