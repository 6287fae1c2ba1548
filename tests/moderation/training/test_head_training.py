import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from moderation import Category
from moderation.errors import ClassifierUnavailable, ModerationError
from moderation.image.heads import Heads
from moderation.training.__main__ import main
from moderation.training.cross_validation import on_new_objects, on_new_pictures
from moderation.training.head_training import SoftmaxTrainer, train_head
from moderation.training.labelled_pictures import LabelledEmbeddings, read_labels

QUICK = SoftmaxTrainer(steps=80, batch=64, rate=3e-2)
DIRECTIONS = {"lamp": 0, "knife": 1, "sword": 1, "pill": 2, "boat": 3, "tree": 4}
TAGS = {
    "knife": {Category.VIOLENCE},
    "sword": {Category.VIOLENCE},
    "pill": {Category.ILLEGAL},
}


@pytest.fixture
def examples() -> LabelledEmbeddings:
    """Things in directions of their own, far from the origin as with a real CLIP."""
    random = np.random.default_rng(0)
    things = random.choice(list(DIRECTIONS), 400)
    axes = np.eye(8)[[DIRECTIONS[thing] for thing in things]]
    embeddings = 5 + axes + random.normal(0, 0.05, (400, 8))
    categories = (Category.VIOLENCE, Category.ILLEGAL)
    return LabelledEmbeddings(
        embeddings=embeddings.astype(np.float32),
        labels=np.array([[c in TAGS.get(t, ()) for c in categories] for t in things]),
        things=things,
        categories=categories,
    )


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Red pictures are violence, blue ones drugs, grey ones harmless."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rows = [["image_name", "caption", "object", "tags"]]
    for i in range(60):
        shade = 155 + i
        colour, thing, tags = [
            ((shade, 0, 0), f"red thing {i % 5}", "violence|shocking"),
            ((0, 0, shade), f"blue thing {i % 5}", "illegal"),
            ((shade, shade, shade), f"grey thing {i % 5}", ""),
        ][i % 3]
        Image.new("RGB", (32, 32), colour).save(folder / f"{i}.png")
        rows.append([f"{i}.png", "a thing", thing, tags])
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def test_heads_learn_what_each_category_looks_like(examples):
    heads = Heads((train_head(examples, QUICK, name="toy", encoder=""),))

    lamp, knife, pill = (
        heads.scores((5 + np.eye(8)[DIRECTIONS[thing]]).astype(np.float32))
        for thing in ("lamp", "knife", "pill")
    )
    assert knife[Category.VIOLENCE] > 0.9
    assert pill[Category.ILLEGAL] > 0.9
    assert max(knife[Category.ILLEGAL], pill[Category.VIOLENCE]) < 0.1
    assert max(lamp.values()) < 0.1


def test_the_same_seed_teaches_the_same_heads(examples):
    one, two = (train_head(examples, QUICK, name="a", encoder="") for _ in range(2))

    assert one.version == two.version


def test_teaching_leaves_the_random_numbers_of_others_alone(examples):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)

    QUICK.fit(examples)

    assert torch.rand(1) == expected


def test_heads_that_learned_nothing_are_not_made(examples):
    untaught = SoftmaxTrainer(steps=0)

    with pytest.raises(ClassifierUnavailable, match="self-test"):
        train_head(examples, untaught, name="toy", encoder="")


def test_new_pictures_of_known_objects_are_told_apart(examples):
    violence, illegal = on_new_pictures(examples, QUICK)

    assert violence.auc > 0.99
    assert illegal.auc > 0.99
    assert violence.pictures == examples.labels[:, 0].sum()


def test_an_object_unlike_any_other_is_not_recognised_unseen(examples):
    violence, illegal = on_new_objects(examples, QUICK)

    assert violence.auc > illegal.auc


def test_labels_are_read_with_their_tags(pictures):
    red, blue, grey = read_labels(pictures)[:3]

    assert red.tags == {Category.VIOLENCE, Category.SHOCKING}
    assert blue.thing == "blue thing 1"
    assert blue.tags == {Category.ILLEGAL}
    assert grey.tags == frozenset()


def test_a_folder_without_labels_is_named(tmp_path):
    with pytest.raises(ModerationError, match="must hold one CSV file, found 0"):
        read_labels(tmp_path)


def test_an_unknown_tag_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("image_name,object,tags\n1.png,cake,sugar\n")

    with pytest.raises(ModerationError, match="sugar"):
        read_labels(tmp_path)


@pytest.mark.parametrize("network", ["things", "linear", "mlp"])
def test_the_command_writes_heads_for_the_encoder_it_was_given(
    network, pictures, clip_folder, encoder, tmp_path
):
    file = tmp_path / "heads-toy.safetensors"
    options = {"clip": clip_folder, "pictures": pictures, "to": file, "steps": 60}
    options |= {"network": network}
    arguments = [f"--{name}={value}" for name, value in options.items()]

    result = CliRunner().invoke(main, ["heads", *arguments])

    assert result.exit_code == 0, result.output
    assert "on new objects" in result.output
    heads = Heads.load(file)
    assert heads.version.startswith("heads-toy@")
    assert heads.encoder == encoder.digest
    assert set(heads.categories) == {"violence", "shocking", "illegal"}


def test_embeddings_take_the_place_of_pictures(
    pictures, clip_folder, encoder, tmp_path
):
    labels = read_labels(pictures)
    seen = LabelledEmbeddings.embed(labels, encoder)
    np.save(tmp_path / "seen.npy", seen.embeddings)

    read = LabelledEmbeddings.read(labels, tmp_path / "seen.npy")

    assert np.array_equal(read.embeddings, seen.embeddings)
    assert np.array_equal(read.labels, seen.labels)
    assert read.categories == seen.categories


@pytest.mark.parametrize(
    ("embeddings", "complaint"),
    [
        (np.zeros((3, 16)), r"\(3, 16\) for 60 pictures"),
        (np.zeros(60), r"\(60,\) for 60 pictures"),
        (np.full((60, 16), np.nan), "no number"),
        (np.array([{}] * 60), "no embeddings in"),
    ],
)
def test_embeddings_that_do_not_fit_are_refused(
    embeddings, complaint, pictures, tmp_path
):
    np.save(tmp_path / "seen.npy", embeddings)

    with pytest.raises(ModerationError, match=complaint):
        LabelledEmbeddings.read(read_labels(pictures), tmp_path / "seen.npy")
