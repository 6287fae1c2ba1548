import csv

from click.testing import CliRunner
from PIL import Image

from generation.world.__main__ import main
from generation.world.export import COLUMNS, LABELS, export


def test_every_row_names_a_picture_of_the_right_size(renderer, tmp_path):
    export(renderer, tmp_path, count=5, seed=1, side=32, plain=False)

    table = (tmp_path / LABELS).read_text("utf-8").splitlines()
    rows = list(csv.DictReader(table))
    assert [tuple(row) for row in rows] == [COLUMNS] * 5
    for row in rows:
        with Image.open(tmp_path / row["image_name"]) as picture:
            assert picture.size == (32, 32)


def test_a_longer_export_begins_with_the_shorter_one(renderer, tmp_path):
    export(renderer, tmp_path / "short", count=2, seed=4, side=32, plain=False)
    export(renderer, tmp_path / "long", count=4, seed=4, side=32, plain=False)

    short = (tmp_path / "short" / LABELS).read_text("utf-8")
    assert (tmp_path / "long" / LABELS).read_text("utf-8").startswith(short)


def test_the_command_says_which_package_is_missing(tmp_path):
    arguments = ["--to", str(tmp_path), "--count", "1", "--font", "/none.ttf"]

    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert "fonts-noto-color-emoji" in result.output


def test_a_plain_export_shows_every_thing_in_turn(renderer, tmp_path):
    export(renderer, tmp_path, count=3, seed=1, side=32, plain=True)

    rows = list(csv.DictReader((tmp_path / LABELS).read_text("utf-8").splitlines()))
    assert [row["object"] for row in rows] == ["cat", "dog", "mouse"]
