import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file

from moderation import Category, ImageGate, Outcome, Policy
from moderation.errors import ClassifierUnavailable
from moderation.image.heads import Heads, ImageScorer, Recogniser
from tests.moderation.toy import DIMENSION


@dataclass(frozen=True)
class RedEye:
    """An encoder that sees violence in red and nothing in anything else."""

    digest: str = "0" * 64
    version: str = "red-eye"

    def embed(self, image: Image.Image, /) -> np.ndarray:
        middle = image.resize((1, 1), box=_middle(image))
        red, green, _ = np.asarray(middle, np.float32)[0, 0]
        axes = np.eye(DIMENSION, dtype=np.float32)
        return np.asarray((red - green) * axes[0] + 100 * axes[2], np.float32)


def _middle(image):
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    return (left, top, left + side, top + side)


def rewritten(path, *, tensors=None, metadata=None):
    """Changes the file *path* without keeping its digest."""
    with safe_open(path, framework="np") as file:
        old = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = file.metadata()
    save_file(old | (tensors or {}), path, about | (metadata or {}))


def test_a_score_depends_on_the_direction_alone(heads):
    embedding = np.arange(1, DIMENSION + 1, dtype=np.float32)

    assert heads.scores(embedding) == pytest.approx(heads.scores(embedding * 250))


@given(
    embedding=arrays.arrays(
        np.float32, 3, elements=st.floats(-1e4, 1e4, width=32)
    ).filter(lambda embedding: np.linalg.norm(embedding) > 1e-3),
    steepness=st.floats(0, 1e6),
)
def test_scores_are_probabilities_for_every_category(embedding, steepness):
    recogniser = Recogniser(
        weight=np.eye(3, dtype=np.float32) * np.float32(steepness),
        bias=np.zeros(3, np.float32),
        membership=np.array([[1, 0, 0], [1, 1, 1]], np.float32),
    )

    some, every = recogniser.probabilities(embedding[np.newaxis])[0]

    assert 0 <= some <= 1
    assert every == pytest.approx(1, abs=1e-5)


def test_a_category_scores_the_probability_of_its_things():
    recogniser = Recogniser(
        weight=np.log(np.array([[1, 2], [1, 3], [1, 5]], np.float32)),
        bias=np.zeros(3, np.float32),
        membership=np.array([[1, 0, 1], [0, 1, 0]], np.float32),
    )

    [[both, one]] = recogniser.probabilities(np.array([[0, 7]], np.float32))

    assert both == pytest.approx(0.7)
    assert one == pytest.approx(0.3)


@pytest.mark.parametrize(
    "embedding",
    [
        np.zeros(DIMENSION, np.float32),
        np.full(DIMENSION, 1e-33, np.float32),
        np.full(DIMENSION, np.nan, np.float32),
        np.ones(DIMENSION + 1, np.float32),
        np.ones((1, DIMENSION), np.float32),
    ],
)
def test_an_embedding_that_is_none_gets_no_score(embedding, heads):
    with pytest.raises(ClassifierUnavailable):
        heads.scores(embedding)


def test_saved_heads_come_back_the_same(heads, tmp_path):
    embedding = np.arange(DIMENSION, dtype=np.float32)
    heads.save(tmp_path / "heads.safetensors")

    again = Heads.load(tmp_path / "heads.safetensors")

    assert again.version == heads.version
    assert again.scores(embedding) == heads.scores(embedding)


def test_a_transposed_matrix_is_saved_as_it_reads(heads, tmp_path):
    weight = np.asfortranarray(np.triu(heads.recogniser.weight + 0.1))
    transposed = replace(heads, recogniser=replace(heads.recogniser, weight=weight))
    transposed.save(tmp_path / "heads.safetensors")

    again = Heads.load(tmp_path / "heads.safetensors")

    assert np.array_equal(again.recogniser.weight, weight)


def test_heads_of_the_wrong_polarity_cannot_be_made(heads):
    turned = replace(heads.recogniser, weight=-heads.recogniser.weight)

    with pytest.raises(ClassifierUnavailable, match="self-test"):
        replace(heads, recogniser=turned)


def test_heads_that_answer_nan_cannot_be_made(heads):
    broken = replace(heads.recogniser, bias=heads.recogniser.bias * np.nan)

    with pytest.raises(ClassifierUnavailable, match="self-test"):
        replace(heads, recogniser=broken)


def test_heads_whose_shapes_do_not_fit_cannot_be_made(heads):
    with pytest.raises(ClassifierUnavailable, match="shapes"):
        replace(heads, categories=(Category.VIOLENCE,))


def test_a_missing_file_is_no_heads(tmp_path):
    with pytest.raises(ClassifierUnavailable, match="no heads in"):
        Heads.load(tmp_path / "heads.safetensors")


@pytest.mark.parametrize("cut", [0, 7, 100, -1])
def test_a_file_cut_short_is_no_heads(cut, heads, tmp_path):
    path = tmp_path / "heads.safetensors"
    heads.save(path)
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(ClassifierUnavailable, match="no heads in"):
        Heads.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"tensors": {"bias": np.ones(DIMENSION, np.float32)}},
        {"tensors": {"unknown": np.zeros(2, np.float32)}},
        {"metadata": {"encoder": "f" * 64}},
        {"metadata": {"categories": json.dumps(["illegal", "violence"])}},
    ],
)
def test_a_changed_file_is_no_heads(change, heads, tmp_path):
    path = tmp_path / "heads.safetensors"
    heads.save(path)
    rewritten(path, **change)

    with pytest.raises(ClassifierUnavailable, match="digest"):
        Heads.load(path)


def test_a_safetensors_file_of_something_else_is_no_heads(tmp_path):
    save_file({"weights": np.zeros(3, np.float32)}, tmp_path / "heads.safetensors")

    with pytest.raises(ClassifierUnavailable, match="no heads in"):
        Heads.load(tmp_path / "heads.safetensors")


def test_the_worst_view_counts(half_red, heads):
    middle_only = half_red.crop((16, 0, 48, 32))
    scorer = ImageScorer(RedEye(), heads)

    whole = scorer.scores(half_red)[Category.VIOLENCE]

    assert whole > scorer.scores(middle_only)[Category.VIOLENCE]


def test_heads_of_another_encoder_are_refused(heads):
    with pytest.raises(ClassifierUnavailable, match="not for ffff"):
        ImageScorer(RedEye(digest="f" * 64), heads)


def test_the_record_names_heads_and_encoder(heads):
    scorer = ImageScorer(RedEye(), heads)

    assert scorer.version == f"{heads.version} on red-eye"


def test_a_gate_over_a_real_encoder_judges_a_picture(encoder, heads):
    scorer = ImageScorer(encoder, replace(heads, encoder=encoder.digest))
    gate = ImageGate(name="image", classifiers=[scorer], policy=Policy.bundled())

    verdict = gate.judge(Image.new("RGB", (64, 48), "green"))

    assert verdict.judged
    assert set(verdict.scores) == set(heads.categories)
    assert verdict.models == (scorer.version,)


def test_a_gate_whose_heads_cannot_answer_asks_for_a_human(heads):
    scorer = ImageScorer(RedEye(), heads)
    gate = ImageGate(name="image", classifiers=[scorer], policy=Policy.bundled())
    unreadable = Image.new("RGB", (0, 8))

    verdict = gate.judge(unreadable)

    assert (verdict.outcome, verdict.judged) == (Outcome.REVIEW, False)
