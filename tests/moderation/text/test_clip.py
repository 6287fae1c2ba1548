from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from moderation.errors import ClassifierUnavailable
from moderation.text.clip import ClipText
from tests.moderation.networks import CLIPTextModelWithProjection, open_clip

PRIOR = Path("generation/bundled/kandinsky-mini/prior")


@pytest.fixture(scope="module")
def reader() -> ClipText:
    """The text half of kandinsky-mini's CLIP."""
    return ClipText.load(PRIOR / "text_encoder", PRIOR / "tokenizer")


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
        ClipText.load(PRIOR / "text_encoder", tmp_path)


def test_weights_that_do_not_fit_are_refused(tmp_path):
    folder = copytree(PRIOR / "text_encoder", tmp_path / "text")
    save_file({"strange": torch.ones(1)}, folder / "model.safetensors")

    with pytest.raises(ClassifierUnavailable, match="no CLIP text encoder"):
        ClipText.load(folder, PRIOR / "tokenizer")


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

    reader = ClipText.of_open_clip(tmp_path / "clip.safetensors", architecture=name)

    assert reader.embed(["a lake"]) == pytest.approx(expected.numpy(), abs=1e-5)
