import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from moderation import Category
from moderation.errors import ClassifierUnavailable
from moderation.image.head import Head
from moderation.image.networks import Concepts, Network, Perceptron, Recogniser
from tests.moderation.toy import DIMENSION

AXES = np.eye(DIMENSION, dtype=np.float32)
KINDS: dict[str, Network] = {
    "recogniser": Recogniser.of_prompts(AXES[:2], np.array([[0, 1], [0, 1]], "f4")),
    "perceptron": Perceptron(
        layers=(
            (AXES[:4], np.zeros(4, np.float32)),
            (np.full((2, 4), [-9, 9, 0, 0], np.float32), np.zeros(2, np.float32)),
        )
    ),
    "concepts": Concepts(
        concepts=AXES[1:3],
        thresholds=np.full(2, 0.2, np.float32),
        special=AXES[1:2],
        special_thresholds=np.full(1, 0.2, np.float32),
        membership=np.array([[1, 1], [0, 0]], np.float32),
    ),
}


def head_with(network: Network) -> Head:
    """One that must find the first direction harmless and the second flagged."""
    return Head(
        name="toy",
        encoder="0" * 64,
        categories=(Category.SEXUAL, Category.MINORS),
        network=network,
        harmless=AXES[:1],
        flagged=AXES[[1, 1]],
    )


def rewritten(path, *, tensors=None, metadata=None):
    """Changes the file *path* without keeping its digest."""
    with safe_open(path, framework="np") as file:
        old = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = file.metadata()
    save_file(old | (tensors or {}), path, about | (metadata or {}))


def test_a_saved_head_comes_back_the_same(head, tmp_path):
    head.save(tmp_path / "heads.safetensors")

    again = Head.load(tmp_path / "heads.safetensors")

    assert again.version == head.version
    assert np.array_equal(again.flagged, head.flagged)


def test_a_transposed_matrix_is_saved_as_it_reads(head, tmp_path):
    weight = np.asfortranarray(np.triu(head.network.weight + 0.1))
    transposed = replace(head, network=replace(head.network, weight=weight))
    transposed.save(tmp_path / "heads.safetensors")

    again = Head.load(tmp_path / "heads.safetensors")

    assert np.array_equal(again.network.tensors()["weight"], weight)


def test_heads_of_the_wrong_polarity_cannot_be_made(head):
    turned = replace(head.network, weight=-head.network.weight)

    with pytest.raises(ClassifierUnavailable, match="self-test"):
        replace(head, network=turned)


def test_heads_that_answer_nan_cannot_be_made(head):
    broken = replace(head.network, bias=head.network.bias * np.nan)

    with pytest.raises(ClassifierUnavailable, match="self-test"):
        replace(head, network=broken)


def test_heads_whose_shapes_do_not_fit_cannot_be_made(head):
    with pytest.raises(ClassifierUnavailable, match="shapes"):
        replace(head, categories=(Category.VIOLENCE,))


def test_a_missing_file_is_no_heads(tmp_path):
    with pytest.raises(ClassifierUnavailable, match="no heads in"):
        Head.load(tmp_path / "heads.safetensors")


@pytest.mark.parametrize("cut", [0, 7, 100, -1])
def test_a_file_cut_short_is_no_heads(cut, head, tmp_path):
    path = tmp_path / "heads.safetensors"
    head.save(path)
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(ClassifierUnavailable, match="no heads in"):
        Head.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"tensors": {"bias": np.ones(DIMENSION, np.float32)}},
        {"tensors": {"unknown": np.zeros(2, np.float32)}},
        {"metadata": {"encoder": "f" * 64}},
        {"metadata": {"categories": json.dumps(["illegal", "violence"])}},
    ],
)
def test_a_changed_file_is_no_heads(change, head, tmp_path):
    path = tmp_path / "heads.safetensors"
    head.save(path)
    rewritten(path, **change)

    with pytest.raises(ClassifierUnavailable, match="digest"):
        Head.load(path)


def test_a_safetensors_file_of_something_else_is_no_heads(tmp_path):
    save_file({"weights": np.zeros(3, np.float32)}, tmp_path / "heads.safetensors")

    with pytest.raises(ClassifierUnavailable, match="no heads in"):
        Head.load(tmp_path / "heads.safetensors")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_comes_back_from_its_file(kind, tmp_path):
    head = head_with(KINDS[kind])
    embeddings = np.random.default_rng(0).normal(size=(5, DIMENSION)).astype("f4")
    head.save(tmp_path / "head.safetensors")

    again = Head.load(tmp_path / "head.safetensors")

    assert type(again.network) is type(head.network)
    assert again.version == head.version
    assert np.array_equal(
        again.network.probabilities(embeddings), head.network.probabilities(embeddings)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_must_know_flagged_from_harmless(kind):
    head = head_with(KINDS[kind])

    with pytest.raises(ClassifierUnavailable, match="self-test"):
        replace(head, harmless=AXES[1:2], flagged=AXES[[0, 0]])


def test_a_file_of_an_unknown_kind_is_no_head(head, tmp_path):
    class Oracle(Recogniser):
        pass

    unknown = replace(head, network=Oracle(**head.network.tensors()))
    unknown.save(tmp_path / "head.safetensors")

    with pytest.raises(ClassifierUnavailable, match="oracle"):
        Head.load(tmp_path / "head.safetensors")
