import json
from shutil import copytree
from weakref import ref

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from generation.checkpoints.network_files import StoredTensor, stored_tensors
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

KINDS = {
    "prior/prior": PriorTransformer,
    "prior/text_encoder": CLIPTextModelWithProjection,
    "prior/image_encoder": CLIPVisionModelWithProjection,
    "decoder/text_encoder": MultilingualCLIP,
    "decoder/unet": UNet2DConditionModel,
    "decoder/movq": VQModel,
}
CPU = torch.device("cpu")


def file_in(folder):
    [file] = folder.glob("*.safetensors")
    return file


def cut_up(folder, pieces=3):
    """The weights in *folder* in several files, as the hub has large ones."""
    file = file_in(folder)
    tensors = load_file(file)
    placed: dict[str, str] = {}
    for number in range(pieces):
        name = f"{file.stem}-{number + 1:05}-of-{pieces:05}.safetensors"
        part = dict(list(tensors.items())[number::pieces])
        save_file(part, folder / name, metadata={"format": "pt"})
        placed |= dict.fromkeys(part, name)
    file.unlink()
    index = folder / f"{file.name}.index.json"
    index.write_text(json.dumps({"weight_map": placed}), "utf-8")
    return index, placed


def place_in(folder, placed):
    index = folder / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": placed}), "utf-8")


def complaint(folder):
    with pytest.raises(WeightsError) as caught:
        stored_tensors(folder)
    return str(caught.value)


@pytest.mark.parametrize("part", KINDS)
def test_a_network_is_what_its_library_would_have_loaded(part, toy):
    usual = KINDS[part].from_pretrained(toy / part)

    ours = load(KINDS[part], toy / part, device=CPU, dtype=torch.float32)

    assert not ours.training
    assert not any(p.requires_grad for p in ours.parameters())
    for theirs, found in [
        (usual.state_dict(), ours.state_dict()),
        (dict(usual.named_buffers()), dict(ours.named_buffers())),
    ]:
        assert found.keys() == theirs.keys()
        assert all(torch.equal(found[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("part", KINDS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_numbers_are_halved_on_their_way(dtype, part, toy):
    tensors = load_file(file_in(toy / part))

    network = load(KINDS[part], toy / part, device=CPU, dtype=dtype)

    found = network.state_dict()
    assert network.dtype is dtype
    assert all(torch.equal(found[n], t.to(dtype)) for n, t in tensors.items())


@pytest.mark.parametrize("part", ["prior/text_encoder", "decoder/unet"])
def test_no_two_tensors_of_a_file_are_held_at_once(part, toy, monkeypatch):
    held: list[ref[Tensor]] = []
    read = StoredTensor.read

    def watched(stored):
        assert [old() for old in held] == [None] * len(held)
        tensor = read(stored)
        held.append(ref(tensor))
        return tensor

    monkeypatch.setattr(StoredTensor, "read", watched)

    load(KINDS[part], toy / part, device=CPU, dtype=torch.float32)

    assert len(held) > 10


@pytest.mark.parametrize("part", KINDS)
def test_weights_in_several_files_are_one_network(part, toy, own_toy):
    cut_up(own_toy / part)

    network = load(KINDS[part], own_toy / part, device=CPU, dtype=torch.float32)

    tensors = load_file(file_in(toy / part))
    found = network.state_dict()
    assert all(torch.equal(found[name], t) for name, t in tensors.items())


@pytest.mark.parametrize("part", ["prior/text_encoder", "decoder/text_encoder"])
def test_positions_that_older_files_count_are_no_tensors_too_many(part, own_toy):
    file = file_in(own_toy / part)
    model = "transformer" if part.startswith("decoder") else "text_model"
    positions = {f"{model}.embeddings.position_ids": torch.arange(77)[None]}
    save_file(load_file(file) | positions, file, metadata={"format": "pt"})

    network = load(KINDS[part], own_toy / part, device=CPU, dtype=torch.bfloat16)

    assert network.dtype is torch.bfloat16


def test_networks_that_are_alike_in_part_share_a_file(own_toy):
    """The first keeps all of it, the second its own tensors and an index."""
    whole, other = own_toy / "decoder/unet", own_toy / "twin/unet"
    copytree(whole, other)
    tensors = load_file(file_in(whole))
    own = {"conv_out.bias": tensors["conv_out.bias"] + 1}
    file_in(other).unlink()
    save_file(own, other / "own.safetensors", metadata={"format": "pt"})
    elsewhere = f"../../decoder/unet/{file_in(whole).name}"
    place_in(
        other, dict.fromkeys(tensors, elsewhere) | {"conv_out.bias": "own.safetensors"}
    )

    network = load(UNet2DConditionModel, other, device=CPU, dtype=torch.float32)

    found = network.state_dict()
    assert all(torch.equal(found[n], t) for n, t in (tensors | own).items())


@pytest.mark.parametrize("way", ["../../../else.safetensors", "/else.safetensors"])
def test_no_piece_lies_outside_of_its_model(way, own_toy):
    folder = own_toy / "decoder/movq"
    file_in(folder).rename(own_toy.parent / "else.safetensors")
    place_in(folder, {"conv_out.bias": way})

    assert f"leads out of the model, to {way}" in complaint(folder)


def test_a_missing_piece_is_named(own_toy):
    _, placed = cut_up(own_toy / "decoder/unet")
    piece = own_toy / "decoder/unet" / min(placed.values())
    piece.unlink()

    assert complaint(own_toy / "decoder/unet").startswith(f"{piece} is missing, ")


def test_a_piece_without_its_tensor_is_named(own_toy):
    _, placed = cut_up(own_toy / "decoder/movq")
    name, piece = next(iter(placed.items()))
    tensors = load_file(own_toy / "decoder/movq" / piece)
    del tensors[name]
    save_file(tensors, own_toy / "decoder/movq" / piece)

    said = complaint(own_toy / "decoder/movq")

    assert said.startswith(f"{own_toy / 'decoder/movq' / piece} lacks {name}, which")


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "is not JSON"), ("[]", "no JSON object"), ("{}", "no weight_map")],
)
def test_a_damaged_index_is_named(content, said, own_toy):
    index, _ = cut_up(own_toy / "prior/prior")
    index.write_text(content, "utf-8")

    assert complaint(own_toy / "prior/prior").startswith(f"{index}")
    assert said in complaint(own_toy / "prior/prior")


def test_weights_that_are_only_pickled_are_not_read(own_toy):
    folder = own_toy / "decoder/unet"
    file = file_in(folder)
    torch.save(load_file(file), folder / "diffusion_pytorch_model.bin")
    file.unlink()

    said = complaint(folder)

    assert said.startswith(f"{folder} holds its weights as a pickle (diffusion_py")
    assert "vernissage models convert" in said
