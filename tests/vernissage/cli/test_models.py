import json
import shutil
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file

import generation
from tests.generation.repositories import into_cache, save_repositories
from tests.generation.toy import save_toy

MINI = Path(generation.__file__).parent / "bundled" / "kandinsky-mini"


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """A whole model, read only."""
    return save_toy(tmp_path_factory.mktemp("models") / "toy")


@pytest.fixture
def own_toy(toy, tmp_path):
    return Path(shutil.copytree(toy, tmp_path / "toy"))


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """An empty cache of the hub's client."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def told(capsys):
    return capsys.readouterr().out.splitlines()


def test_the_bundled_model_is_listed_and_in_force(vernissage, empty_cache, capsys):
    code = vernissage("models", "list")

    [line] = told(capsys)
    assert code == 0
    found = "* ok kandinsky-mini kandinsky-2.1 with inpainting,"
    assert line.split() == [*found.split(), str(MINI)]


def test_the_model_of_the_settings_is_in_force(
    vernissage, empty_cache, toy, monkeypatch, capsys
):
    monkeypatch.setenv("VERNISSAGE_WEIGHTS", str(toy))

    vernissage("models", "list", "--json")

    mini, ours = map(json.loads, told(capsys))
    assert (mini["name"], mini["in_force"]) == ("kandinsky-mini", False)
    assert (ours["name"], ours["in_force"], ours["inpaints"]) == ("toy", True, True)


def test_settings_that_name_no_model_are_told(
    vernissage, empty_cache, data_dir, capsys
):
    code = vernissage("models", "list")

    *_, line = told(capsys)
    assert code == 0
    assert line.startswith("* fail no-weights")
    assert "holds no Kandinsky" in line


def test_the_hubs_cache_is_looked_through(vernissage, empty_cache, tmp_path, capsys):
    repositories = save_repositories(tmp_path / "repositories")
    for repository in sorted(repositories.iterdir()):
        into_cache(repository, empty_cache)

    vernissage("models", "list")

    _, first, second = told(capsys)
    assert "kandinsky-2-1     kandinsky-2.1 with inpainting" in first
    assert "kandinsky-2-2     kandinsky-2.2 with inpainting" in second


def test_a_whole_model_is_checked_part_by_part(vernissage, toy, capsys):
    code = vernissage("models", "check", toy)

    lines = told(capsys)
    assert code == 0
    assert "ok   decoder/unet          866,184 parameters, float32" in lines
    assert "ok   decoder/tokenizer     sound" in lines
    assert lines[-1].startswith("ok   model                 kandinsky-2.1, toy@")


def test_a_damaged_model_is_told_from_a_whole_one(vernissage, own_toy, capsys):
    file = own_toy / "decoder/movq/diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])

    code = vernissage("models", "check", own_toy)

    failed = [line for line in told(capsys) if line.startswith("fail")]
    assert code == 1
    assert len(failed) == 1
    assert failed[0].startswith(f"fail decoder/movq          {file} is damaged")


def test_programs_read_what_people_read(vernissage, toy, capsys):
    vernissage("models", "check", toy, "--json")

    *parts, whole = map(json.loads, told(capsys))
    [unet] = [part for part in parts if part["part"] == "inpaint/unet"]
    assert (unet["mark"], unet["parameters"], unet["dtype"]) == (
        "ok",
        867_624,
        "float32",
    )
    assert (whole["part"], whole["mark"]) == ("model", "ok")


def test_a_pickled_model_is_converted(vernissage, own_toy, tmp_path, capsys):
    folder = own_toy / "prior/text_encoder"
    tensors = load_file(folder / "model.safetensors")
    torch.save(tensors, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()

    code = vernissage("models", "convert", own_toy, tmp_path / "new")

    [part, advice] = told(capsys)
    assert code == 0
    assert part == f"prior/text_encoder: {len(tensors)} tensors from {folder}"
    assert advice == f"Set VERNISSAGE_WEIGHTS={tmp_path / 'new'} to paint with it."
    assert vernissage("models", "check", tmp_path / "new") == 0


def test_programs_are_told_of_each_part(vernissage, own_toy, tmp_path, capsys):
    folder = own_toy / "decoder/movq"
    [file] = folder.glob("*.safetensors")
    torch.save(load_file(file), folder / "diffusion_pytorch_model.bin")
    file.unlink()

    vernissage("models", "convert", own_toy, tmp_path / "new", "--json")

    [part] = map(json.loads, told(capsys))
    assert (part["part"], part["source"]) == ("decoder/movq", str(folder))
    assert part["unexpected"] == []


def test_a_half_alone_is_converted_and_not_called_whole(
    vernissage, own_toy, tmp_path, capsys
):
    shutil.rmtree(own_toy / "decoder")
    folder = own_toy / "prior/prior"
    [file] = folder.glob("*.safetensors")
    torch.save(load_file(file), folder / "diffusion_pytorch_model.bin")
    file.unlink()

    code = vernissage("models", "convert", own_toy, tmp_path / "new")

    *_, advice = told(capsys)
    assert code == 0
    assert advice.startswith("Not a complete model yet: ")
    assert "lacks decoder/" in advice


@pytest.mark.parametrize(
    "arguments", [("check", "gone"), ("convert", "gone", "new")], ids=lambda a: a[0]
)
def test_a_folder_that_is_not_there_is_named(arguments, vernissage, capsys):
    code = vernissage("models", *arguments)

    assert code == 2
    assert "'gone' does not exist" in capsys.readouterr().err


def test_what_cannot_be_converted_is_one_line(vernissage, toy, tmp_path, capsys):
    code = vernissage("models", "convert", toy, tmp_path / "new")

    [line] = capsys.readouterr().err.splitlines()
    assert code == 1
    assert line == (
        f"vernissage: {toy} holds nothing to convert: no weights are pickled"
    )
