import pytest

from datasets_cleaning.filters.duplicate import Duplicate
from datasets_cleaning.filters.image_judged import ImageJudged
from datasets_cleaning.filters.image_missing import image_missing
from datasets_cleaning.filters.image_too_small import ImageTooSmall
from datasets_cleaning.filters.image_unreadable import image_unreadable
from datasets_cleaning.record import Drop, Record
from moderation import Category, ImageGate
from tests.datasets_cleaning.specimens import bomb, png, record
from tests.fakes import Blind, Scorer


def reason(drop):
    return drop and drop.reason


def judged(policy, classifier):
    return ImageJudged(ImageGate(name="image", classifiers=[classifier], policy=policy))


def test_a_caption_without_a_picture_is_dropped(tmp_path):
    assert reason(image_missing(record(tmp_path, text=b"a lake"))) == "image_missing"
    assert image_missing(record(tmp_path, image=png())) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", png()[:60], bomb()],
    ids=["empty", "text", "torn", "bomb"],
)
def test_what_is_no_picture_is_dropped(tmp_path, data):
    found = image_unreadable(record(tmp_path, image=data))

    assert reason(found) == "image_unreadable"


def test_the_bomb_is_small_until_it_goes_off():
    assert len(bomb()) < 20_000


@pytest.mark.parametrize(("size", "kept"), [((64, 64), True), ((200, 63), False)])
def test_the_shorter_side_decides(tmp_path, size, kept):
    found = ImageTooSmall(64)(record(tmp_path, image=png(size=size)))

    assert reason(found) == (None if kept else "image_too_small")


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0.1, None), (0.6, "image_review:violence"), (0.95, "image:violence")],
)
def test_only_an_allowed_picture_is_kept(tmp_path, policy, score, expected):
    judge = judged(policy, Scorer({Category.VIOLENCE: score}))

    assert reason(judge(record(tmp_path, image=png()))) == expected


def test_a_picture_that_nobody_could_judge_is_not_kept(tmp_path, policy):
    found = judged(policy, Blind())(record(tmp_path, image=png()))

    assert reason(found) == "not_judged"


def test_the_second_copy_of_a_picture_is_dropped_by_the_name_of_the_first(tmp_path):
    judge, first = Duplicate(), record(tmp_path, image=png())

    assert judge(first) is None
    assert judge(Record("0002", first.parts)) == Drop(
        "duplicate", "the same picture as 0001"
    )


def test_another_picture_is_no_duplicate(tmp_path):
    judge, other = Duplicate(), tmp_path / "other"
    other.mkdir()
    judge(record(tmp_path, image=png("red")))

    assert judge(Record("2", record(other, image=png("blue")).parts)) is None
