import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from moderation.errors import ClassifierUnavailable
from moderation.image.networks import (
    ConceptNetwork,
    Perceptron,
    SoftmaxNetwork,
    directions,
)

vectors = arrays.arrays(np.float32, 3, elements=st.floats(-1e4, 1e4, width=32)).filter(
    lambda embedding: np.linalg.norm(embedding) > 1e-3
)


@pytest.fixture
def concepts() -> ConceptNetwork:
    """Two phrases for the first category, one for the last; one that asks for care."""
    random = np.random.default_rng(3)
    known = directions(random.normal(size=(4, 8)).astype(np.float32) + 1)
    return ConceptNetwork(
        concepts=known[:3],
        thresholds=np.array([0.2, 0.25, 0.3], np.float32),
        special=known[3:],
        special_thresholds=np.array([0.2], np.float32),
        membership=np.array([[1, 1, 0], [0, 0, 1]], np.float32),
    )


def published_rule(network: ConceptNetwork, direction: np.ndarray) -> bool:
    """Stable Diffusion's checker, word for word: is any concept seen?"""
    adjustment = 0.0
    for special, bar in zip(network.special, network.special_thresholds, strict=True):
        if round(float(special @ direction) - float(bar) + adjustment, 3) > 0:
            adjustment = 0.01
    return any(
        round(float(concept @ direction) - float(bar) + adjustment, 3) > 0
        for concept, bar in zip(network.concepts, network.thresholds, strict=True)
    )


@given(
    embedding=vectors,
    steepness=st.floats(0, 1e6),
)
def test_scores_are_probabilities_for_every_category(embedding, steepness):
    recogniser = SoftmaxNetwork(
        weight=np.eye(3, dtype=np.float32) * np.float32(steepness),
        bias=np.zeros(3, np.float32),
        membership=np.array([[1, 0, 0], [1, 1, 1]], np.float32),
    )

    some, every = recogniser.probabilities(directions(embedding[np.newaxis]))[0]

    assert 0 <= some <= 1
    assert every == pytest.approx(1, abs=1e-5)


def test_a_category_scores_the_probability_of_its_things():
    recogniser = SoftmaxNetwork(
        weight=np.log(np.array([[1, 2], [1, 3], [1, 5]], np.float32)),
        bias=np.zeros(3, np.float32),
        membership=np.array([[1, 0, 1], [0, 1, 0]], np.float32),
    )

    [[both, one]] = recogniser.probabilities(np.array([[0, 1]], np.float32))

    assert both == pytest.approx(0.7)
    assert one == pytest.approx(0.3)


@given(embedding=vectors)
def test_directions_have_length_one(embedding):
    [direction] = directions(embedding[np.newaxis])

    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-6)


def test_of_two_prompts_the_nearer_one_counts():
    random = np.random.default_rng(0)
    prompts = directions(random.normal(size=(2, 8)).astype(np.float32))
    x = directions(random.normal(size=(200, 8)).astype(np.float32))
    network = SoftmaxNetwork.from_prompts(prompts, np.array([[0, 1]], np.float32))

    flagged = network.probabilities(x)[:, 0] >= 0.5

    assert np.array_equal(flagged, (x @ prompts.T).argmax(axis=1) == 1)


def test_a_perceptron_computes_its_layers():
    layers = (
        (np.array([[1, -1], [2, 0]], np.float32), np.array([0, -1], np.float32)),
        (np.array([[1, 1], [-3, 0]], np.float32), np.array([0.5, 0], np.float32)),
    )
    network = Perceptron(layers=layers)

    [[first, second]] = network.probabilities(np.array([[0.6, 0.8]], np.float32))

    # hidden: max(0, -0.2) = 0 and max(0, 0.2) = 0.2
    assert first == pytest.approx(1 / (1 + np.exp(-0.7)))
    assert second == pytest.approx(0.5)


@given(embedding=vectors, steepness=st.floats(0, 1e30))
def test_no_perceptron_answers_more_than_a_probability(embedding, steepness):
    weight = np.eye(3, dtype=np.float32) * np.float32(steepness)
    network = Perceptron(layers=((weight, np.zeros(3, np.float32)),))

    answers = network.probabilities(directions(embedding[np.newaxis]))

    assert (answers >= 0).all()
    assert (answers < 1).all()


def test_concepts_are_seen_where_the_published_checker_sees_them(concepts):
    random = np.random.default_rng(1)
    x = directions(random.normal(size=(2000, 8)).astype(np.float32))

    seen = (concepts.probabilities(x) >= 0.5).any(axis=1)

    expected = [published_rule(concepts, direction) for direction in x]
    assert 0.1 < np.mean(expected) < 0.9
    assert np.mean(seen == expected) > 0.999  # but for what rounding decides


def test_special_care_lowers_the_bar(concepts):
    aside = np.linalg.svd(np.vstack([concepts.concepts, concepts.special]))[2][-1]
    just_below = np.linalg.lstsq(
        np.vstack([concepts.concepts, concepts.special, aside]),
        np.array([0.195, 0, 0, 0.21, 0.9]),
    )[0].astype(np.float32)
    careless = ConceptNetwork(
        **concepts.tensors() | {"special_thresholds": np.array([0.9], np.float32)}
    )

    with_care, without = (
        network.probabilities(just_below[np.newaxis])[0]
        for network in (concepts, careless)
    )

    assert with_care[0] > 0.5 > without[0]


def test_what_is_seen_where_children_are_counts_for_the_last_category(concepts):
    both = directions(concepts.concepts[:1] + concepts.special)
    alone = concepts.special

    assert concepts.probabilities(both)[0, 1] > 0.5
    assert concepts.probabilities(alone)[0, 1] == pytest.approx(
        min(concepts.probabilities(alone)[0])
    )


def layers(*shapes: tuple[int, int]) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    return tuple((np.zeros(s, np.float32), np.zeros(s[0], np.float32)) for s in shapes)


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Perceptron(layers=()),
        lambda: Perceptron(layers=layers((4, 8), (1, 5))),
        lambda: Perceptron.from_tensors({"weight.0": ones(2, 3)}),
        lambda: SoftmaxNetwork.from_prompts(ones(2, 3), ones(1, 4)),
        lambda: SoftmaxNetwork.from_prompts(ones(2, 0), ones(1, 2)),
    ],
)
def test_tensors_that_do_not_fit_make_no_network(broken):
    with pytest.raises((ClassifierUnavailable, LookupError)):
        broken()


@pytest.mark.parametrize("name", ["thresholds", "special", "membership"])
def test_concepts_whose_tensors_do_not_fit_are_none(name, concepts):
    tensors = concepts.tensors()

    with pytest.raises(ClassifierUnavailable):
        ConceptNetwork(**tensors | {name: tensors[name][..., :-1]})
