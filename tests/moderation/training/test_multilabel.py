import numpy as np
import pytest
import torch

from moderation import Category
from moderation.image.networks import directions
from moderation.training.head_training import MultiLabelTrainer, platt, train_head
from moderation.training.labelled_pictures import LabelledEmbeddings

CATEGORIES = (Category.SEXUAL, Category.VIOLENCE)
QUICK = MultiLabelTrainer(steps=200, batch=256, rate=1e-2, noise=0.1)


def examples_of(labels: np.ndarray, embeddings: np.ndarray) -> LabelledEmbeddings:
    return LabelledEmbeddings(
        embeddings=embeddings.astype(np.float32),
        labels=labels,
        things=np.arange(len(labels)).astype(str),
        categories=CATEGORIES,
    )


@pytest.fixture
def examples() -> LabelledEmbeddings:
    """Independent labels along the first two directions, far from the origin."""
    random = np.random.default_rng(0)
    labels = random.random((1500, 2)) < 0.3
    embeddings = 5 + random.normal(0, 0.3, (1500, 8))
    embeddings[:, :2] += labels
    return examples_of(labels, embeddings)


@pytest.mark.parametrize("hidden", [(), (16,)])
def test_a_picture_may_show_two_categories_at_once(hidden, examples):
    trainer = MultiLabelTrainer(steps=200, batch=256, rate=1e-2, hidden=hidden)
    network = trainer.fit(examples)
    neither, first, both = (
        network.probabilities(directions(5 + np.eye(2, 8)[:n].sum(axis=0)[None]))[0]
        for n in range(3)
    )

    assert neither.max() < 0.5
    assert first[0] > 0.5 > first[1]
    assert both.min() > 0.5


def test_what_needs_a_hidden_layer_is_learnt_with_one():
    random = np.random.default_rng(0)
    signs = random.random((2000, 2)) < 0.5
    labels = np.stack([signs[:, 0] ^ signs[:, 1], signs[:, 0]], axis=1)
    embeddings = 5 + random.normal(0, 0.1, (2000, 8))
    embeddings[:, :2] += signs
    exclusive = examples_of(labels, embeddings)

    flat, deep = (
        MultiLabelTrainer(steps=400, hidden=hidden, rate=1e-2).fit(exclusive)
        for hidden in ((), (16,))
    )

    x = directions(exclusive.embeddings)
    right = [
        ((network.probabilities(x)[:, 0] >= 0.5) == labels[:, 0]).mean()
        for network in (flat, deep)
    ]
    assert right[0] < 0.7
    assert right[1] > 0.95


def test_scores_are_shares(examples):
    """Of the pictures that score about p, a share of about p shows the category."""
    network = QUICK.fit(examples)
    scores = network.probabilities(directions(examples.embeddings))

    for low, high in ((0, 0.2), (0.2, 0.6), (0.6, 1)):
        chosen = (scores >= low) & (scores < high)
        assert examples.labels[chosen].mean() == pytest.approx(
            scores[chosen].mean(), abs=0.1
        )


def test_platt_undoes_a_stretch_and_a_shift():
    torch.manual_seed(0)
    true = torch.randn(20_000, 2)
    labels = (torch.rand(20_000, 2) < true.sigmoid()).float()

    slope, shift = platt(true * 4 - 2, labels)

    assert slope.tolist() == pytest.approx([0.25, 0.25], abs=0.03)
    assert shift.tolist() == pytest.approx([0.5, 0.5], abs=0.06)


def test_platt_leaves_a_category_alone_that_it_has_not_seen():
    logits = torch.randn(50, 2)
    labels = torch.zeros(50, 2)
    labels[:10, 0] = 1

    slope, shift = platt(logits, labels)

    assert (float(slope[1]), float(shift[1])) == (1, 0)


def test_the_same_seed_teaches_the_same_head(examples):
    one, two = (train_head(examples, QUICK, name="a", encoder="") for _ in range(2))

    assert one.version == two.version


def test_teaching_leaves_the_random_numbers_of_others_alone(examples):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)

    QUICK.fit(examples)

    assert torch.rand(1) == expected
