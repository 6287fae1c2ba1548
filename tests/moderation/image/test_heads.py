from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from PIL import Image

from moderation import Category, ImageGate, Outcome, Policy
from moderation.errors import ClassifierUnavailable
from moderation.image.head import Head
from moderation.image.heads import Heads, ImageScorer
from moderation.image.networks import Perceptron
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
    gate = ImageGate(name="image", classifiers=[scorer], policy=Policy.bundled())

    verdict = gate.judge(Image.new("RGB", (64, 48), "green"))

    assert verdict.judged
    assert set(verdict.scores) == set(head.categories)
    assert verdict.models == (scorer.version,)


def test_a_gate_whose_heads_cannot_answer_asks_for_a_human(heads):
    scorer = ImageScorer(RedEye(), heads)
    gate = ImageGate(name="image", classifiers=[scorer], policy=Policy.bundled())
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

    many = heads.score_each(embeddings)

    for scores, embedding in zip(many, embeddings, strict=True):
        alone = heads.scores(embedding)
        assert list(scores) == pytest.approx(list(alone.values()))
        assert tuple(alone) == heads.categories


def test_one_embedding_that_says_nothing_is_no_score(heads):
    embeddings = np.stack([np.ones(DIMENSION), np.zeros(DIMENSION)]).astype(np.float32)

    with pytest.raises(ClassifierUnavailable, match="says nothing"):
        heads.score_each(embeddings)
