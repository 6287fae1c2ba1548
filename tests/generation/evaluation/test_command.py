import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from generation.evaluation.__main__ import main


@pytest.fixture
def arguments(toy: Path) -> list[str]:
    return ["--weights", str(toy), "--prompts", "3", "--steps", "2"]


def test_the_report_is_json(arguments):
    result = CliRunner().invoke(main, [*arguments, "--json"])

    report = json.loads(result.stdout)
    assert report["all"]["pictures"] == 3
    assert set(report["by_language"]) == {"en", "ru"}


def test_the_report_is_a_table(arguments):
    result = CliRunner().invoke(main, arguments)

    assert "background right" in result.stdout


def test_the_sheet_shows_every_picture(arguments, tmp_path):
    page = tmp_path / "sheet.png"

    CliRunner().invoke(main, [*arguments, "--sheet", str(page)])

    with Image.open(page) as sheet:
        assert sheet.width == 3 * (sheet.height)


def test_a_folder_without_a_model_is_one_clear_line(tmp_path):
    result = CliRunner().invoke(main, ["--weights", str(tmp_path)])

    assert result.exit_code == 1
    assert "holds no Kandinsky" in result.output
