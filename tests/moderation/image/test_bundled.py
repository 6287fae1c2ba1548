from hashlib import sha256
from pathlib import Path

import pytest

import moderation
from moderation import Category, EmbeddingGate, Outcome, Policy
from moderation.image.bundled import bundled_heads
from moderation.image.heads import Heads

MINI = Path(moderation.__file__).parents[1] / "generation/bundled/kandinsky-mini"


@pytest.fixture
def heads() -> Heads:
    return bundled_heads()


@pytest.fixture
def gate(heads: Heads) -> EmbeddingGate:
    return EmbeddingGate(name="embedding", classifiers=[heads], policy=Policy.bundled())


def test_the_bundled_heads_fit_the_bundled_encoder(heads):
    weights = MINI / "prior" / "image_encoder" / "model.safetensors"

    assert heads.encoder == sha256(weights.read_bytes()).hexdigest()


def test_the_bundled_heads_know_their_three_categories(heads):
    assert set(heads.categories) == {
        Category.VIOLENCE,
        Category.SHOCKING,
        Category.ILLEGAL,
    }


def test_what_is_surely_harmless_is_allowed(heads, gate):
    [head] = heads.members

    outcomes = {gate.judge(embedding).outcome for embedding in head.harmless}

    assert outcomes == {Outcome.ALLOW}


@pytest.mark.parametrize(
    ("category", "outcome"),
    [
        (Category.VIOLENCE, Outcome.REVIEW),
        (Category.ILLEGAL, Outcome.REVIEW),
        (Category.SHOCKING, Outcome.REFUSE),
    ],
)
def test_what_surely_shows_a_category_has_its_outcome(category, outcome, heads, gate):
    [head] = heads.members
    embedding = head.flagged[head.categories.index(category)]

    assert gate.judge(embedding).outcome is outcome
