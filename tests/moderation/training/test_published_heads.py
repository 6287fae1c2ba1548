import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file

from moderation import Category
from moderation.errors import ClassifierUnavailable, ModerationError
from moderation.image.heads import Head
from moderation.image.networks import Perceptron, directions
from moderation.training import published_heads, saved_model
from moderation.training.__main__ import main
from moderation.training.labelled_pictures import LabelledEmbeddings, read_labels
from moderation.training.published_heads import ClipTarget, HeadFormat, convert
from tests.moderation.toy import DIMENSION
from tests.moderation.training.saved_model import MAGIC, save_model

WIDTHS = (DIMENSION, 6, 5, 4, 1)


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    """The published network at toy width; more of the first direction is worse."""
    random = torch.Generator().manual_seed(0)
    state = {
        "norm.mean": torch.rand(DIMENSION, generator=random) / 9,
        "norm.variance": torch.rand(DIMENSION, generator=random) / 99 + 1e-3,
    }
    for i, (wide, narrow) in enumerate(pairwise(WIDTHS), 1):
        weight = torch.rand(narrow, wide, generator=random) / 9
        weight[:, 1:] -= 0.02 if i == 1 else 0
        weight[:, 0] += 1
        state[f"linear_{i}.weight"] = weight
        state[f"linear_{i}.bias"] = torch.full((narrow,), -0.5)
    return state


@pytest.fixture
def torch_form(state: dict[str, torch.Tensor], tmp_path: Path) -> Path:
    torch.save(state, tmp_path / "head.pth")
    return tmp_path / "head.pth"


def keras_form(state: dict[str, torch.Tensor], path: Path, *, pack: bool) -> Path:
    names = {"norm.mean": "mean", "norm.variance": "variance"}
    variables = {
        f"layer_with_weights-1/{name}": state[key].numpy()
        for key, name in names.items()
    }
    for i in range(1, len(WIDTHS)):
        prefix = f"layer_with_weights-{i + 1}"
        variables[f"{prefix}/kernel"] = state[f"linear_{i}.weight"].T.numpy()
        variables[f"{prefix}/bias"] = state[f"linear_{i}.bias"].numpy()
    save_model(path, variables, pack=pack)
    return path


@pytest.fixture
def target() -> ClipTarget:
    return ClipTarget("e" * 64, DIMENSION)


@pytest.fixture
def examples(torch_form: Path) -> LabelledEmbeddings:
    """What the network takes for harmless and for flagged, as pictures would be."""
    random = np.random.default_rng(0)
    embeddings = directions(random.normal(size=(400, DIMENSION)).astype(np.float32))
    scores = published_heads.read_laion_nsfw(torch_form).probabilities(embeddings)[:, 0]
    return LabelledEmbeddings(
        embeddings=9 * embeddings,
        labels=(scores > 0.5)[:, np.newaxis],
        things=np.arange(400).astype(str),
        categories=(Category.SEXUAL,),
    )


def test_the_network_computes_what_was_published(state, torch_form):
    x = directions(np.random.default_rng(1).normal(size=(50, DIMENSION)).astype("f4"))
    h = (torch.from_numpy(x) - state["norm.mean"]) / state["norm.variance"].sqrt()
    for i in range(1, len(WIDTHS)):
        h = h @ state[f"linear_{i}.weight"].T + state[f"linear_{i}.bias"]
        h = h.relu() if i < len(WIDTHS) - 1 else h.sigmoid()

    scores = published_heads.read_laion_nsfw(torch_form).probabilities(x)

    assert scores == pytest.approx(h.numpy(), abs=1e-5)


@pytest.mark.parametrize("pack", [False, True])
def test_both_published_forms_are_one_network(pack, state, torch_form, tmp_path):
    keras = published_heads.read_laion_nsfw(
        keras_form(state, tmp_path / "head.zip", pack=pack)
    )

    for one, other in zip(
        keras.layers, published_heads.read_laion_nsfw(torch_form).layers, strict=True
    ):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


def test_a_converted_head_loads_without_its_source(
    torch_form, target, examples, tmp_path
):
    head = convert(torch_form, target, form=HeadFormat.NSFW, examples=examples)
    head.save(tmp_path / "head.safetensors")

    again = Head.load(tmp_path / "head.safetensors")

    assert isinstance(again.network, Perceptron)
    assert again.categories == (Category.SEXUAL,)
    assert again.encoder == target.digest


def test_a_head_of_the_wrong_polarity_is_not_converted(
    state, target, examples, tmp_path
):
    for part in ("weight", "bias"):
        state[f"linear_4.{part}"] *= -1
    torch.save(state, tmp_path / "turned.pth")

    with pytest.raises(ClassifierUnavailable, match="self-test"):
        convert(
            tmp_path / "turned.pth", target, form=HeadFormat.NSFW, examples=examples
        )


def test_learned_prompts_become_a_head(tmp_path):
    with_room = np.eye(2, 768, dtype=np.float32)
    probes = LabelledEmbeddings(
        embeddings=with_room,
        labels=np.array([[False], [True]]),
        things=np.array(["calm", "gore"]),
        categories=(Category.SHOCKING,),
    )
    np.save(tmp_path / "prompts.npy", with_room)

    head = convert(
        tmp_path / "prompts.npy",
        ClipTarget("e" * 64, 768),
        form=HeadFormat.VIOLENCE,
        category=Category.SHOCKING,
        examples=probes,
    )

    assert head.categories == (Category.SHOCKING,)
    assert head.network.probabilities(with_room).ravel().round() == pytest.approx(
        [0, 1]
    )


def test_the_bundled_self_test_is_for_the_published_width_alone(torch_form, target):
    with pytest.raises(ModerationError, match="give labelled pictures"):
        convert(torch_form, target, form=HeadFormat.NSFW)


def test_the_bundled_self_test_refuses_what_does_not_know_it(tmp_path):
    np.save(tmp_path / "prompts.npy", np.eye(2, 768, dtype=np.float32))

    with pytest.raises(ClassifierUnavailable, match="self-test"):
        convert(
            tmp_path / "prompts.npy",
            ClipTarget("e" * 64, 768),
            form=HeadFormat.VIOLENCE,
        )


def test_an_encoder_of_another_width_is_refused(torch_form):
    with pytest.raises(ModerationError, match=f"{DIMENSION} numbers.*512"):
        convert(torch_form, ClipTarget("e" * 64, 512), form=HeadFormat.NSFW)


def test_pictures_that_show_nothing_are_no_test(torch_form, target, examples):
    harmless = examples[~examples.labels[:, 0]]

    with pytest.raises(ModerationError, match="none of the pictures shows violence"):
        convert(
            torch_form,
            target,
            form=HeadFormat.NSFW,
            category=Category.VIOLENCE,
            examples=harmless,
        )


@pytest.mark.parametrize("content", [{"model": 1}, [1, 2], {}])
def test_another_state_dict_is_no_head(content, tmp_path):
    torch.save(content, tmp_path / "other.pth")

    with pytest.raises(ModerationError):
        published_heads.read_laion_nsfw(tmp_path / "other.pth")


def test_a_pickle_that_runs_code_is_not_run(tmp_path):
    torch.save({"norm.mean": tmp_path.joinpath}, tmp_path / "hostile.pth")

    with pytest.raises(ModerationError, match="no state dict"):
        published_heads.read_laion_nsfw(tmp_path / "hostile.pth")


@pytest.mark.parametrize(
    "prompts",
    [np.zeros((3, 768)), np.zeros(768), np.full((2, 8), np.inf), np.array([{}, {}])],
)
def test_other_arrays_are_no_prompts(prompts, tmp_path):
    np.save(tmp_path / "prompts.npy", prompts)

    with pytest.raises(ModerationError):
        published_heads.read_prompt_pair(tmp_path / "prompts.npy")


@given(content=st.binary(max_size=60), magic=st.booleans())
def test_a_damaged_index_is_refused_in_order(content, magic, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        index = content + bytes(48)[: 40 * magic] + MAGIC * magic
        archive.writestr("variables/variables.index", index)
        archive.writestr("variables/variables.data-00000-of-00001", b"")

    try:
        found = saved_model.variables(path)
    except ModerationError as error:
        assert "no saved model" in str(error)  # noqa: PT017  # either is in order
    else:
        assert found == {}


@pytest.mark.parametrize("missing", ["index", "data-00000-of-00001"])
def test_a_model_that_lacks_a_file_is_refused(missing, tmp_path):
    save_model(tmp_path / "whole.zip", {"a": np.ones(3, np.float32)}, pack=False)
    with (
        zipfile.ZipFile(tmp_path / "whole.zip") as whole,
        zipfile.ZipFile(tmp_path / "part.zip", "w") as part,
    ):
        for name in whole.namelist():
            if not name.endswith(missing):
                part.writestr(name, whole.read(name))

    with pytest.raises(ModerationError, match="no saved model"):
        saved_model.variables(tmp_path / "part.zip")


def test_the_target_is_read_from_either_layout(clip_folder, encoder, tmp_path):
    save_file({"visual.proj": torch.zeros(32, 5)}, tmp_path / "clip.safetensors")

    assert ClipTarget.of(clip_folder) == ClipTarget(encoder.digest, DIMENSION)
    assert ClipTarget.of(tmp_path / "clip.safetensors").dimension == 5


def test_what_is_no_encoder_is_no_target(tmp_path):
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")

    for path in (tmp_path, tmp_path / "other.safetensors"):
        with pytest.raises(ModerationError, match="no CLIP encoder"):
            ClipTarget.of(path)


def test_the_command_converts_a_published_head(
    clip_folder, encoder, tmp_path, pictures
):
    seen = LabelledEmbeddings.embed(read_labels(pictures), encoder)
    shown = seen.labels[:, 0]
    means = [seen.embeddings[group].mean(axis=0) for group in (~shown, shown)]
    np.save(tmp_path / "prompts.npy", directions(np.stack(means)))
    file = tmp_path / "heads-red.safetensors"
    options = {
        "form": "violence",
        "category": "violence",
        "clip": clip_folder,
        "pictures": pictures,
        "to": file,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]

    result = CliRunner().invoke(
        main, ["convert-head", str(tmp_path / "prompts.npy"), *arguments]
    )

    assert result.exit_code == 0, result.output
    head = Head.load(file)
    assert (head.encoder, head.categories) == (encoder.digest, (Category.VIOLENCE,))
    assert head.version in result.output


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Red pictures are violence, grey ones harmless."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rows = ["image_name,object,tags"]
    for i in range(12):
        colour, tag = ((200 + i, 0, 0), "violence") if i % 2 else ((90 + i,) * 3, "")
        Image.new("RGB", (32, 32), colour).save(folder / f"{i}.png")
        rows.append(f"{i}.png,thing {i},{tag}")
    (folder / "labels.csv").write_text("\n".join(rows), "utf-8")
    return folder
