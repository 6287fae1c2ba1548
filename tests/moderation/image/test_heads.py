import json
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file

from moderation import Category, ImageGate, Outcome, Policy
from moderation.errors import ClassifierUnavailable
from moderation.image.heads import Head, Heads, ImageScorer
from moderation.image.networks import (
    ConceptNetwork,
    Network,
    Perceptron,
    SoftmaxNetwork,
)
from tests.moderation.toy import DIMENSION


@dataclass(frozen=True, eq=False)
class RedEye:
    """An encoder that sees violence in red and nothing in anything else."""

    digest: str = "0" * 64
    version: str = "red-eye"
    seen: list[tuple[int, int]] = field(default_factory=list)

    def embed(self, image: Image.Image, /) -> np.ndarray:
        self.seen.append(image.size)
        middle = image.resize((1, 1), box=_middle(image))
        red, green, _ = np.asarray(middle, np.float32)[0, 0]
        axes = np.eye(DIMENSION, dtype=np.float32)
        return np.asarray((red - green) * axes[0] + 100 * axes[2], np.float32)


def _middle(image):
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    return (left, top, left + side, top + side)


def test_a_score_depends_on_the_direction_alone(heads):
    embedding = np.arange(1, DIMENSION + 1, dtype=np.float32)

    assert heads.scores(embedding) == pytest.approx(heads.scores(embedding * 250))


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


def test_a_gate_over_a_real_encoder_judges_a_picture(encoder, head):
    scorer = ImageScorer(encoder, Heads((replace(head, encoder=encoder.digest),)))
    gate = ImageGate(classifiers=[scorer], policy=Policy.bundled())

    verdict = gate.judge(Image.new("RGB", (64, 48), "green"))

    assert verdict.judged
    assert set(verdict.scores) == set(head.categories)
    assert verdict.models == (scorer.version,)


def test_a_gate_whose_heads_cannot_answer_asks_for_a_human(heads):
    scorer = ImageScorer(RedEye(), heads)
    gate = ImageGate(classifiers=[scorer], policy=Policy.bundled())
    unreadable = Image.new("RGB", (0, 8))

    verdict = gate.judge(unreadable)

    assert (verdict.outcome, verdict.judged) == (Outcome.REVIEW, False)


@pytest.fixture
def stern(head: Head) -> Head:
    """It takes the third direction for violence, and knows nothing else."""
    axes = np.eye(DIMENSION, dtype=np.float32)
    network = Perceptron(layers=((20 * axes[2:3], np.array([-10], np.float32)),))
    return replace(
        head,
        name="stern",
        categories=(Category.VIOLENCE,),
        network=network,
        harmless=axes[:2],
        flagged=axes[2:3],
    )


def test_of_several_heads_the_worst_answer_counts(head, stern):
    heads = Heads((head, stern))
    knife, third, pill = np.eye(DIMENSION, dtype=np.float32)[[0, 2, 1]]

    assert heads.scores(knife) == Heads((head,)).scores(knife)
    assert heads.scores(third)[Category.VIOLENCE] > 0.99
    assert heads.scores(pill)[Category.ILLEGAL] > 0.99


def test_each_view_is_embedded_once_for_all_heads(head, stern):
    eye = RedEye()

    ImageScorer(eye, Heads((head, stern))).scores(Image.new("RGB", (64, 32)))

    assert eye.seen == [(64, 32), (64, 64)]


def test_a_folder_holds_heads_of_several_kinds(head, stern, tmp_path):
    head.save(tmp_path / "a.safetensors")
    stern.save(tmp_path / "b.safetensors")

    heads = Heads.load(tmp_path)

    assert heads.version == f"{head.version} + {stern.version}"
    assert heads.categories == (Category.VIOLENCE, Category.ILLEGAL)


def test_one_broken_file_in_a_folder_leaves_no_heads(head, tmp_path):
    head.save(tmp_path / "a.safetensors")
    (tmp_path / "b.safetensors").write_bytes(b"")

    with pytest.raises(ClassifierUnavailable, match=r"b\.safetensors"):
        Heads.load(tmp_path)


def test_an_empty_folder_holds_no_heads(tmp_path):
    with pytest.raises(ClassifierUnavailable, match="no heads in"):
        Heads.load(tmp_path)


def test_heads_of_several_encoders_cannot_stand_together(head, stern):
    with pytest.raises(ClassifierUnavailable, match="over one encoder"):
        Heads((head, replace(stern, encoder="f" * 64)))


def test_many_embeddings_are_scored_as_each_alone(heads):
    embeddings = np.random.default_rng(5).normal(size=(6, DIMENSION)).astype(np.float32)

    many = heads.score_batch(embeddings)

    for scores, embedding in zip(many, embeddings, strict=True):
        alone = heads.scores(embedding)
        assert list(scores) == pytest.approx(list(alone.values()))
        assert tuple(alone) == heads.categories


def test_one_embedding_that_says_nothing_is_no_score(heads):
    embeddings = np.stack([np.ones(DIMENSION), np.zeros(DIMENSION)]).astype(np.float32)

    with pytest.raises(ClassifierUnavailable, match="says nothing"):
        heads.score_batch(embeddings)


AXES = np.eye(DIMENSION, dtype=np.float32)
KINDS: dict[str, Network] = {
    "recogniser": SoftmaxNetwork.from_prompts(
        AXES[:2], np.array([[0, 1], [0, 1]], "f4")
    ),
    "perceptron": Perceptron(
        layers=(
            (AXES[:4], np.zeros(4, np.float32)),
            (np.full((2, 4), [-9, 9, 0, 0], np.float32), np.zeros(2, np.float32)),
        )
    ),
    "concepts": ConceptNetwork(
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
    class Oracle(SoftmaxNetwork):
        kind: ClassVar[str] = "oracle"

    unknown = replace(head, network=Oracle(**head.network.tensors()))
    unknown.save(tmp_path / "head.safetensors")

    with pytest.raises(ClassifierUnavailable, match="oracle"):
        Head.load(tmp_path / "head.safetensors")
