import shutil

import torch
from safetensors.torch import load_file, save_file

from generation.checkpoints.families import Family
from generation.checkpoints.inspection import inspect
from generation.checkpoints.regressions import LinearNetwork
from generation.checkpoints.weights import model_at, models_below
from tests.generation.repositories import into_cache
from tests.generation.toy import EMBEDDING, save_unet


def problems(folder):
    report = inspect(folder)
    parts = {part.part: part.problem for part in report.findings if part.problem}
    return parts, report.problems, report.model


def weights_of(folder):
    [file] = folder.glob("*.safetensors")
    return file


def test_a_whole_model_is_told_part_by_part(toy):
    report = inspect(toy)

    sizes = {part.part: part.parameters for part in report.findings}
    assert report.family is Family.KANDINSKY_21
    assert report.model is not None
    assert report.model.startswith("toy@")
    assert {part.dtype for part in report.findings} == {"float32", None}
    assert sizes == {
        "prior/prior": 20904,
        "prior/text_encoder": 19498,
        "prior/image_encoder": 21450,
        "decoder/text_encoder": 13834,
        "decoder/unet": 866184,
        "decoder/movq": 790975,
        "inpaint/unet": 867624,
        "prior/linear": EMBEDDING * (EMBEDDING + 3),
        "prior/residual": 3440,
        "prior/tokenizer": None,
        "prior/image_processor": None,
        "decoder/tokenizer": None,
    }


def test_a_model_of_the_second_family_has_no_text_encoder(repositories):
    report = inspect(repositories / "kandinsky-2-2-decoder")

    parts = {part.part for part in report.findings}
    assert report.family is Family.KANDINSKY_22
    assert report.model is not None
    assert report.model.startswith("kandinsky-2-2@")
    assert {part for part in parts if part.startswith("decoder")} == {
        "decoder/unet",
        "decoder/movq",
    }


def test_what_is_trained_beside_the_prior_is_looked_at(own_toy):
    prior = LinearNetwork(text=EMBEDDING, embedding=EMBEDDING)
    prior.half().save(own_toy / "prior/linear")

    [found] = [p for p in inspect(own_toy).findings if p.part == "prior/linear"]

    assert (found.dtype, found.problem) == ("float16", None)
    assert found.parameters == EMBEDDING * (EMBEDDING + 3)


def test_a_prior_of_another_width_does_not_fit(own_toy):
    LinearNetwork(text=EMBEDDING, embedding=16).save(own_toy / "prior/linear")

    parts, _, model = problems(own_toy)

    assert model is None
    assert "has embedding 16" in parts["prior/linear"]


def test_all_flaws_are_found_at_once(own_toy):
    (own_toy / "prior/prior/config.json").unlink()
    shutil.rmtree(own_toy / "decoder/movq")
    file = weights_of(own_toy / "decoder/unet")
    file.write_bytes(file.read_bytes()[:-100])

    parts, others, model = problems(own_toy)

    assert model is None
    assert others == ()
    assert parts.keys() == {"prior/prior", "decoder/movq", "decoder/unet"}
    assert parts["decoder/movq"].endswith("is missing: fetch the model again")
    assert "is damaged or cut short" in parts["decoder/unet"]


def test_parts_that_do_not_fit_each_other_are_told(own_toy):
    (own_toy / "decoder/tokenizer/tokenizer.json").write_text("{", "utf-8")
    file = weights_of(own_toy / "prior/image_encoder")
    tensors = load_file(file)
    tensors["visual_projection.weight"] = torch.zeros(16, 32)
    save_file(tensors, file)

    parts, _, _ = problems(own_toy)

    assert parts.keys() == {"prior/image_encoder", "decoder/tokenizer"}
    assert "[16, 32] in place of [32, 32]" in parts["prior/image_encoder"]


def test_a_wrong_digest_is_nobodys_part(own_toy):
    (own_toy / "DIGESTS").write_text(f"{'0' * 64}  prior/prior/config.json\n", "utf-8")

    parts, [other], model = problems(own_toy)

    assert (parts, model) == ({}, None)
    assert "is not listed in DIGESTS" in other


def test_a_half_is_told_as_far_as_it_goes(own_repositories):
    shutil.rmtree(own_repositories / "kandinsky-2-2-prior")

    report = inspect(own_repositories / "kandinsky-2-2-decoder")

    assert report.family is Family.KANDINSKY_22
    assert [part.part for part in report.findings if not part.problem] == [
        "decoder/unet",
        "decoder/movq",
        "inpaint/unet",
    ]
    assert "lacks kandinsky-2-2-prior/" in report.problems[0]


def test_a_controlnet_is_recognised(tmp_path):
    save_unet(tmp_path / "depth/unet", Family.KANDINSKY_22, in_channels=8)

    _, [said], model = problems(tmp_path / "depth")

    assert model is None
    assert "is a ControlNet decoder of Kandinsky 2.2" in said
    assert "not supported" in said


def test_a_folder_of_anything_is_no_model(tmp_path):
    parts, [said], model = problems(tmp_path)

    assert (parts, model) == ({}, None)
    assert said.startswith(f"{tmp_path} holds no Kandinsky")


def test_every_model_in_a_folder_is_listed(repositories):
    first, second = models_below(repositories)

    assert (first.name, first.path.name) == ("kandinsky-2-1", "kandinsky-2-1")
    assert (second.name, second.family) == ("kandinsky-2-2", Family.KANDINSKY_22)
    assert first.inpaints
    assert second.inpaints


def test_a_listed_model_can_be_asked_for_by_its_path(own_repositories, tmp_path):
    for name in ("kandinsky-2-2-prior", "kandinsky-2-2-decoder"):
        into_cache(own_repositories / name, tmp_path / "cache")

    [found] = models_below(tmp_path / "cache")

    assert model_at(found.path) == found
    assert (found.name, found.inpaints) == ("kandinsky-2-2", False)


def test_a_model_with_a_flaw_is_listed_with_it(own_toy):
    shutil.rmtree(own_toy / "prior/image_encoder")

    found = model_at(own_toy)

    assert found.problem is not None
    assert "image_encoder is missing" in found.problem
