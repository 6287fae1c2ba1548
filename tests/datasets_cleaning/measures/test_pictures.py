"""Measures over CLIP, and that the quick way decides as the exact one."""

import numpy as np
import pytest
from PIL import Image

from datasets_cleaning.classifiers import Classifiers
from datasets_cleaning.filters.image_judged import ImageJudged
from datasets_cleaning.ledger import ONE
from datasets_cleaning.measures.embeddings import (
    Aesthetics,
    Embedding,
    Similarity,
    Watermark,
)
from datasets_cleaning.measures.image_scores import ImageScores
from datasets_cleaning.verdicts import decide, reasons
from moderation import Category, ImageGate, Policy, Rule
from moderation.errors import ClassifierUnavailable
from moderation.image.quality import QualityScorer
from moderation.image.uploads import read_image
from tests.datasets_cleaning.ledgers import ledger
from tests.datasets_cleaning.measures.conftest import PRIOR, saved
from tests.datasets_cleaning.specimens import bomb


def crops(photo, count):
    """JPEG files of *count* parts of *photo*, upright and wide."""
    new_seed = np.random.default_rng(7)
    for number in range(count):
        width, height = new_seed.integers(260, 427, 2)
        left = new_seed.integers(0, photo.width - width)
        top = new_seed.integers(0, photo.height - height)
        part = photo.crop((left, top, left + width, top + height)).resize(
            (2 * width, 2 * height)
        )
        yield saved(part, quality=80 + number)


@pytest.fixture
def image_scores(loaded):
    def under(rules, joint):
        return ImageScores(
            embedder=loaded.embedder,
            scorer=loaded.scorer,
            rules=rules,
            joint=joint,
            captions=loaded.captions,
        )

    return under


def test_real_photographs_are_decided_as_the_gate_would(
    contents, photo, loaded, image_scores
):
    pictures = list(crops(photo, 8))
    exact = [loaded.scorer.scores(read_image(data)) for data in pictures]
    # thresholds amid the scores, where a shade decides
    low, high = sorted(scores[Category.SHOCKING] for scores in exact)[3:6:2]
    rules = dict.fromkeys(Category, Rule(0.5, 0.9)) | {
        Category.SHOCKING: Rule(low, high)
    }
    policy = Policy("test", prompt=rules, embedding=rules, image=rules)
    gate = ImageGate(classifiers=[loaded.scorer], policy=policy)

    told = image_scores(rules, {})([contents(data) for data in pictures])

    own = ImageJudged().ruled(rules)
    verdicts = [(None, *reasons([own]))[c] for c in decide(ledger(**told), [own])]
    assert 0 < low < high
    assert len(set(verdicts)) == 3
    for data, said in zip(pictures, verdicts, strict=True):
        verdict = gate.judge(read_image(data))
        worst = verdict.reasons[0] if verdict.reasons else None
        word = "image" if verdict.refused else "image_review"
        assert said == (worst and f"{word}:{worst.category}")


def test_a_joint_threshold_is_looked_at_twice_as_well(
    contents, photo, loaded, image_scores
):
    [data] = crops(photo, 1)
    caption = "a soldier with a gun shoots"
    exact = loaded.scorer.scores(read_image(data))[Category.VIOLENCE]
    said = loaded.captions.judged(caption)[Category.VIOLENCE]
    bar = 1 - (1 - said) * (1 - exact)
    joint = {Category.VIOLENCE: Rule(bar, 1.0)}
    never = dict.fromkeys(Category, Rule(1.0, 1.0))

    told = image_scores(never, joint)([contents(data, caption)])

    assert told["image_violence"] == [min(round(exact * ONE), ONE - 1)]


def test_a_quick_score_far_from_thresholds_is_near_the_exact_one(
    contents, photo, loaded, image_scores
):
    never = dict.fromkeys(Category, Rule(1.0, 1.0))
    pictures = list(crops(photo, 4))

    told = image_scores(never, {})([contents(data) for data in pictures])

    for place, data in enumerate(pictures):
        exact = loaded.scorer.scores(read_image(data))
        for category, score in exact.items():
            assert abs(told[f"image_{category}"][place] / ONE - score) < 0.1


def test_what_cannot_be_decoded_has_no_scores_and_spoils_no_other(
    contents, photo, image_scores
):
    rules = dict.fromkeys(Category, Rule(0.5, 0.9))

    told = image_scores(rules, {})([contents(bomb()), contents(saved(photo))])

    assert all(values[0] is None is not values[1] for values in told.values())


def test_the_embedding_is_that_of_the_middle(contents, photo, loaded):
    square = photo.crop((100, 0, 500, 400))

    told = Embedding(loaded.embedder)(
        [contents(saved(square, "PNG")), contents(bomb())]
    )

    made, missing = told["embedding"]
    exact = loaded.embedder.encoder.embed(square)
    cosine = made @ exact / np.linalg.norm(made) / np.linalg.norm(exact)
    assert cosine > 0.99
    assert missing is None


def test_a_picture_is_like_what_is_written_about_it(contents, loaded):
    picture = saved(Image.new("RGB", (64, 64), "red"), "PNG")
    contents = [contents(picture), contents(picture, None), contents(bomb())]

    [like, *others] = Similarity(loaded.embedder, loaded.text_encoder)(contents)[
        "similarity"
    ]

    exact = loaded.text_encoder.embed(["a lake"])[0]
    seen = contents[0].embeddings[0]
    assert like == pytest.approx(
        exact @ seen / np.linalg.norm(exact) / np.linalg.norm(seen), abs=1e-4
    )
    assert others == [None, None]


def test_scorers_by_path_stand_on_the_same_embedding(contents, photo, loaded):
    weight = np.zeros(loaded.scorer.heads.dimension, np.float32)
    quality = QualityScorer(name="toy", weight=weight, bias=5.0, shown="direction")
    contents = [contents(saved(photo)), contents(bomb())]

    assert Aesthetics(loaded.embedder, quality)(contents) == {"aesthetics": [5.0, None]}
    [marked, missing] = Watermark(loaded.embedder, quality)(contents)["watermark"]
    assert marked == pytest.approx(ONE / (1 + np.exp(-5)), abs=1)
    assert missing is None


def test_what_is_behind_the_paths_is_known_without_loading_a_model(tmp_path):
    own = tmp_path / "heads.safetensors"
    own.write_bytes(b"one")
    first = Classifiers.of_prior(PRIOR, heads=own).versions()
    own.write_bytes(b"two")

    second = Classifiers.of_prior(PRIOR, heads=own).versions()

    assert first["clip"] == second["clip"]
    assert first["heads"] != second["heads"]
    assert "heads-mini.safetensors" not in first
    with pytest.raises(ClassifierUnavailable, match="cannot read"):
        Classifiers(clip=tmp_path / "nowhere").versions()
