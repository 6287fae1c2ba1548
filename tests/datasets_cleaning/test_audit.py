import csv

import pytest

from datasets_cleaning import clean
from datasets_cleaning.audit import draw, estimate
from datasets_cleaning.errors import DestinationError
from datasets_cleaning.job_state import FinalVerdicts
from datasets_cleaning.report import write
from tests.datasets_cleaning.toys import Inline


@pytest.fixture
def folder(tmp_path):
    """A job that keeps forty captions and drops one."""
    rows = [f"{n}.jpg,a lake {n}" for n in range(40)] + ["40.jpg,", "41.jpg,a lake 0"]
    (tmp_path / "in.csv").write_text("\n".join(["image_name,caption", *rows]), "utf-8")
    clean(tmp_path / "in.csv", tmp_path / "out", plan="captions", engine=Inline())
    return tmp_path / "out"


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answered(path, *verdicts):
    """Fill in the first of the sample's rows with *verdicts*."""
    found = rows(path)
    for row, verdict in zip(found, verdicts, strict=False):
        row["verdict"] = verdict
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, found[0])
        writer.writeheader()
        writer.writerows(found)


def test_a_sample_is_of_kept_pairs_each_once(folder):
    drawn = rows(draw(folder, count=100))

    assert len(drawn) == 40
    assert len({row["uid"] for row in drawn}) == 40
    assert "40.jpg" not in {row["key"] for row in drawn}


def test_the_same_seed_draws_the_same_and_a_smaller_one_is_its_beginning(folder):
    long = rows(draw(folder, count=20, seed=3))

    assert rows(draw(folder, count=20, seed=3)) == long
    assert rows(draw(folder, count=7, seed=3)) == long[:7]
    assert rows(draw(folder, count=20, seed=4)) != long


def test_no_caption_is_in_a_sample(folder):
    assert "lake" not in draw(folder, count=5).read_text("utf-8")


def test_what_slips_through_is_estimated_from_what_was_looked_at(folder):
    path = draw(folder, count=20)
    answered(path, *["ok"] * 9, " MISS ")

    found = estimate(FinalVerdicts.read(folder))

    assert found is not None
    assert (found.misses.count, found.misses.of, found.open) == (1, 10, 10)
    assert "would not have kept 1:" in write(folder).read_text("utf-8")


def test_what_is_not_kept_any_more_tells_nothing(folder):
    path = draw(folder, count=4)
    answered(path, "miss", "ok", "ok", "ok")
    missed = rows(path)[0]["uid"]
    (folder.parent / "said.csv").write_text(f"uid,verdict\n{missed},drop\n", "utf-8")

    source, said = folder.parent / "in.csv", folder.parent / "said.csv"
    clean(source, folder, plan="captions", engine=Inline(), overrides=said)

    found = estimate(FinalVerdicts.read(folder))
    assert found is not None
    assert (found.misses.count, found.misses.of, found.gone) == (0, 3, 1)


def test_an_answer_that_is_none_is_named_by_its_line(folder):
    path = draw(folder, count=3)
    answered(path, "ok", "perhaps")

    with pytest.raises(DestinationError, match=r"line 3: .* got 'perhaps'"):
        estimate(FinalVerdicts.read(folder))


def test_answers_are_not_written_over(folder):
    answered(draw(folder, count=3), "ok")

    with pytest.raises(DestinationError, match="move it away"):
        draw(folder, count=3)
