import pytest

from datasets_cleaning import clean
from tests.datasets_cleaning.toys import Inline


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in.csv").write_text("image_name,caption\n1.jpg,a lake\n", "utf-8")
    clean(tmp_path / "in.csv", tmp_path / "out", plan="captions", engine=Inline())
    return tmp_path / "out"


def test_a_sample_and_a_report_are_written_into_the_folder(folder, vernissage, capsys):
    assert vernissage("clean", "audit", folder, "--count", "5") == 0
    assert vernissage("clean", "report", folder) == 0

    out = capsys.readouterr().out.split()
    assert out == [f"{folder / 'audit.csv'}", f"{folder / 'report.html'}"]
    assert "1 pairs wait in audit.csv" in (folder / "report.html").read_text("utf-8")


def test_a_folder_without_a_job_has_no_report(tmp_path, vernissage, capsys):
    assert vernissage("clean", "report", tmp_path) != 0

    assert "there is no job" in capsys.readouterr().err
