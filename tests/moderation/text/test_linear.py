import json
from hashlib import sha256
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from moderation import Category
from moderation.errors import ClassifierUnavailable
from moderation.text.features import BUCKET_BITS, hashed_ngrams
from moderation.text.linear import LinearClassifier


@pytest.fixture(scope="module")
def bundled() -> LinearClassifier:
    return LinearClassifier.bundled()


@given(st.text(max_size=600))
def test_pieces_are_distinct_buckets(text):
    found = hashed_ngrams(text)

    assert len(found) == len(set(found.tolist())) > 0
    assert 0 <= found.min() <= found.max() < 1 << BUCKET_BITS


@given(
    st.text(alphabet="abc где", max_size=40), st.text(alphabet="abc где", max_size=40)
)
def test_a_word_keeps_its_pieces_wherever_it_stands(before, after):
    alone = set(hashed_ngrams("lighthouse").tolist())
    inside = set(hashed_ngrams(f"{before} lighthouse {after}").tolist())

    assert alone <= inside


def test_pieces_never_change_because_weights_depend_on_them():
    assert hashed_ngrams("кот").tolist() == [
        51025,
        59880,
        83791,
        110068,
        130086,
        146340,
        159682,
        166554,
        178978,
        205524,
        251558,
    ]


def test_every_category_gets_a_probability(bundled):
    scores = bundled.scores("a cat on a red background")

    assert set(scores) == set(Category)
    assert all(0 <= score <= 1 for score in scores.values())


def test_a_harmless_crowd_does_not_hide_a_harmful_request(bundled):
    harmful = "hardcore porn of a naked woman, explicit sex"
    crowd = "a quiet village with green hills and a river, soft light, " * 20

    assert bundled.scores(crowd + harmful)[Category.SEXUAL] > 0.5
    assert bundled.scores(crowd)[Category.SEXUAL] < 0.5


def test_words_in_an_alphabet_never_learnt_hide_none_beside_them(bundled):
    harmful = "hardcore porn of a naked woman, explicit sex"

    assert bundled.scores(f"{harmful} 裸体")[Category.SEXUAL] > 0.5
    assert max(bundled.scores("一只猫在屋顶上").values()) < 0.5


def test_one_prompt_takes_less_than_two_milliseconds(bundled):
    prompt = "Кот в космосе, масляная живопись, высокая детализация, закат над рекой"
    times = []
    for _ in range(50):
        started = process_time()
        bundled.scores(prompt)
        times.append(process_time() - started)

    assert min(times) < 0.002


def save(path: Path, *, buckets: int = 1 << BUCKET_BITS, **about: str) -> Path:
    weights = np.zeros((buckets, 1), np.int8)
    known = {
        "categories": json.dumps(["hate"]),
        "version": "toy-1",
        "digest": sha256(weights.tobytes()).hexdigest(),
    }
    tensors: dict[str, np.ndarray] = {
        "weights": weights,
        "scales": np.ones(1, np.float32),
        "biases": np.zeros(1, np.float32),
    }
    save_file(tensors, path, known | about)
    return path


def test_a_file_is_loaded_with_its_version(tmp_path):
    classifier = LinearClassifier.load(save(tmp_path / "w.safetensors"))

    assert classifier.version == "toy-1"
    assert classifier.scores("a lake") == {Category.HATE: 0.5}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ClassifierUnavailable, match=r"gone\.safetensors"):
        LinearClassifier.load(tmp_path / "gone.safetensors")


def test_a_file_cut_short_is_refused(tmp_path):
    path = save(tmp_path / "w.safetensors")
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(ClassifierUnavailable, match="cannot load"):
        LinearClassifier.load(path)


def test_weights_that_changed_on_the_way_are_refused(tmp_path):
    path = save(tmp_path / "w.safetensors", digest="0" * 64)

    with pytest.raises(ClassifierUnavailable, match="digest"):
        LinearClassifier.load(path)


def test_weights_of_another_shape_are_refused(tmp_path):
    path = save(tmp_path / "w.safetensors", buckets=8)

    with pytest.raises(ClassifierUnavailable, match="shape"):
        LinearClassifier.load(path)


def test_an_unknown_category_is_named(tmp_path):
    path = save(tmp_path / "w.safetensors", categories='["boredom"]')

    with pytest.raises(ClassifierUnavailable, match="boredom"):
        LinearClassifier.load(path)
