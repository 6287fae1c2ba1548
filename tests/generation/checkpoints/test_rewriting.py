import json

import pytest
import torch
from safetensors.torch import load_file

from generation.checkpoints.conversion.convert import convert
from generation.checkpoints.inspection import inspect
from generation.errors import WeightsError

NETWORKS = [
    "prior/prior",
    "prior/text_encoder",
    "prior/image_encoder",
    "decoder/text_encoder",
    "decoder/unet",
    "decoder/movq",
    "inpaint/unet",
]


def pickle_part(folder, *, pieces=1):
    """Leaves the weights in *folder* as older repositories have them."""
    [file] = folder.glob("*.safetensors")
    stem = {"model": "pytorch_model"}.get(file.stem, file.stem)
    tensors = load_file(file)
    names = sorted(tensors)
    placed: dict[str, str] = {}
    for number in range(pieces):
        piece = f"-{number + 1:05}-of-{pieces:05}" if pieces > 1 else ""
        part = {name: tensors[name] for name in names[number::pieces]}
        torch.save(part, folder / f"{stem}{piece}.bin")
        placed |= dict.fromkeys(part, f"{stem}{piece}.bin")
    file.unlink()
    if pieces > 1:
        index = {"metadata": {}, "weight_map": placed}
        (folder / f"{stem}.bin.index.json").write_text(json.dumps(index), "utf-8")


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_pickled_model_becomes_a_whole_one(pieces, own_toy, tmp_path):
    for part in NETWORKS:
        pickle_part(own_toy / part, pieces=pieces)

    parts = list(convert(own_toy, tmp_path / "new"))

    report = inspect(tmp_path / "new")
    assert sorted(part.part for part in parts) == sorted(NETWORKS)
    assert report.problems == ()
    assert report.model is not None
    assert list((tmp_path / "new").rglob("*.bin*")) == []


def test_tensors_are_what_they_were(own_toy, toy, tmp_path):
    pickle_part(own_toy / "decoder/movq")

    [part] = convert(own_toy, tmp_path / "new")

    file = "decoder/movq/diffusion_pytorch_model.safetensors"
    before, after = load_file(toy / file), load_file(tmp_path / "new" / file)
    assert part.tensors == len(before)
    assert before.keys() == after.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_published_halves_get_our_names(own_repositories, tmp_path):
    pickle_part(own_repositories / "kandinsky-2-2-decoder" / "unet")

    list(convert(own_repositories / "kandinsky-2-2-decoder", tmp_path / "new"))

    folders = {folder.name for folder in (tmp_path / "new").iterdir()}
    assert folders == {"prior", "decoder", "inpaint", "DIGESTS"}
    assert inspect(tmp_path / "new").model is not None


def test_one_tensor_in_two_places_is_written_twice(own_toy, tmp_path):
    folder = own_toy / "prior/prior"
    [file] = folder.glob("*.safetensors")
    tensors = load_file(file)
    tensors["clip_std"] = tensors["clip_mean"]
    torch.save(tensors, folder / "diffusion_pytorch_model.bin")
    file.unlink()

    list(convert(own_toy, tmp_path / "new"))

    after = load_file(tmp_path / "new/prior/prior" / file.name)
    assert torch.equal(after["clip_std"], after["clip_mean"])


def test_a_model_without_pickles_is_not_copied(toy, tmp_path):
    with pytest.raises(WeightsError, match="holds nothing to convert: no weights are"):
        list(convert(toy, tmp_path / "new"))

    assert list(tmp_path.iterdir()) == []
