import io
import json
import sys

import pytest

from tests.datasets_cleaning.specimens import png


@pytest.fixture
def type_in(monkeypatch):
    def lines(*data):
        text = io.TextIOWrapper(io.BytesIO(b"\n".join(data) + b"\n"))
        monkeypatch.setattr(sys, "stdin", text)

    return lines


@pytest.mark.usefixtures("data_dir")
def test_each_line_is_answered_in_its_place(vernissage, type_in, capsys):
    type_in(b'{"text": "a lake"}', b"nonsense", '{"text": "озеро"}'.encode())

    code = vernissage("moderate")

    first, second, third = map(json.loads, capsys.readouterr().out.splitlines())
    assert code == 2
    assert (first["canonical"], first["language"]) == ("a lake", "en")
    assert set(second) == {"error"}
    assert (third["canonical"], third["language"]) == ("озеро", "ru")


@pytest.mark.usefixtures("data_dir")
def test_lines_without_a_flaw_end_well(vernissage, type_in, capsys):
    type_in(b'{"text": "a lake"}')

    code = vernissage("moderate")

    [answer] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (code, answer["outcome"]) == (0, "allow")


@pytest.mark.usefixtures("data_dir")
def test_a_picture_goes_to_review_where_its_classifiers_are_missing(
    vernissage, type_in, capsys, tmp_path
):
    (tmp_path / "a.png").write_bytes(png())
    type_in(json.dumps({"image": str(tmp_path / "a.png")}).encode())

    code = vernissage("moderate")

    [answer] = map(json.loads, capsys.readouterr().out.splitlines()[-1:])
    assert code == 0
    assert (answer["outcome"], answer["judged"]) == ("review", False)
