import json

import pytest

from vernissage.db.decisions import Decisions
from vernissage.db.session import connect


def decisions(settings):
    sessions = connect(settings.database)
    with sessions() as session:
        found = [(d.gate, d.outcome) for d in Decisions(session).search()]
    sessions.engine.dispose()
    return found[::-1]


@pytest.mark.parametrize(
    ("out", "problem"),
    [
        ("nowhere/a.png", "there is no folder"),
        ("a.jpg", "must end in .png"),
        (".", "is a directory"),
    ],
)
def test_a_file_that_cannot_be_written_stops_everything_first(
    vernissage, monkeypatch, tmp_path, capsys, out, problem
):
    monkeypatch.setenv("VERNISSAGE_HOME", str(tmp_path / "home"))

    code = vernissage("generate", "a lake", "--out", tmp_path / out)

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert problem in line
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([""], "The prompt is empty"),
        ([" \n\u200b"], "The prompt is empty"),
        (["a" * 10_000], "The prompt may have at most 1000 characters"),
        (["\udcff\udcfe"], "not valid UTF-8"),
        (["a lake", "--aspect", "4:3"], "must be one of 9:16, 2:3, 1:1, 16:9, 3:2"),
        (["a lake", "--seed", "-1"], "The seed must be from 0 to 9223372036854775807"),
        (["a lake", "--seed", str(2**63)], "The seed must be from 0"),
        (["a lake", "--steps", "0"], "The number of steps must be from 1 to 1000"),
        (["", "--lang", "ru"], "Запрос пуст"),
    ],
)
def test_bad_input_gets_one_clear_line_and_leaves_no_trace(
    vernissage, settings, tmp_path, capsys, arguments, problem
):
    code = vernissage("generate", *arguments, "--out", tmp_path / "a.png")

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert problem in line
    assert decisions(settings) == []


def test_a_refused_prompt_says_why_in_the_language_asked_for(
    vernissage, settings, tmp_path, capsys
):
    prompt = "отрубленная голова в луже крови"

    code = vernissage("generate", prompt, "--out", tmp_path / "a.png", "--lang", "ru")

    first, *advice = capsys.readouterr().out.splitlines()
    assert code == 3
    assert first == "Запрос отклонён, поэтому мы ничего не нарисовали."
    assert advice
    assert not (tmp_path / "a.png").exists()
    assert decisions(settings) == [("prompt", "refuse")]


def test_without_weights_one_line_says_so_and_nothing_is_left_waiting(
    vernissage, settings, tmp_path, capsys
):
    code = vernissage("generate", "a red apple", "--out", tmp_path / "a.png")

    assert code == 1
    assert "cannot paint without weights" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_a_published_picture_is_written_and_described(
    vernissage, data_dir, monkeypatch, tmp_path, capsys
):
    monkeypatch.delenv("VERNISSAGE_WEIGHTS")
    out = tmp_path / "a.png"

    code = vernissage("generate", "a red apple", "--out", out, "--seed", 7, "--json")

    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["state"]) == (0, "published")
    assert (answer["out"], answer["seed"]) == (str(out), 7)
    assert [d["gate"] for d in answer["decisions"]] == [
        "prompt",
        "embedding",
        "image",
        "joint",
    ]
    assert out.read_bytes().startswith(b"\x89PNG")
