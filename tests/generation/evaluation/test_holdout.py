from itertools import islice

from PIL import Image

from generation.evaluation.holdout import ImageHoldout, RenderedHoldout
from generation.training.image_dataset import load_csv


def test_the_world_shows_the_same_ones_every_time(renderer):
    world = RenderedHoldout.of(renderer, whole=False, seed=3)

    first, again = (list(islice(world.examples(24), 4)) for _ in range(2))

    assert [one.prompt for one in first] == [one.prompt for one in again]
    assert [one.picture().tobytes() for one in first] == [
        one.picture().tobytes() for one in again
    ]


def test_every_other_prompt_is_russian_and_every_caption_english(renderer):
    world = RenderedHoldout.of(renderer, whole=False, seed=3)

    english, russian = islice(world.examples(24), 2)

    assert english.prompt == english.caption
    assert russian.caption.isascii()
    assert not russian.prompt.isascii()


def test_a_twin_shows_the_scene_in_another_pose(renderer):
    one = next(RenderedHoldout.of(renderer, whole=False, seed=3).examples(24))

    assert one.twin is not None
    assert one.twin().tobytes() != one.picture().tobytes()


def test_own_pictures_come_with_their_captions(tmp_path):
    for name in ("one", "other"):
        Image.new("RGB", (40, 30), (name == "one" and "red") or "blue").save(
            tmp_path / f"{name}.png"
        )
    rows = "image_name,caption\none.png,red\nother.png,blue\n"
    (tmp_path / "pairs.csv").write_text(rows, "utf-8")

    examples = list(
        ImageHoldout(load_csv(tmp_path / "pairs.csv"), "pairs.csv").examples(16)
    )

    assert [one.caption for one in examples] == ["red", "blue"]
    assert [one.picture().getpixel((8, 8)) for one in examples] == [
        (255, 0, 0),
        (0, 0, 255),
    ]
