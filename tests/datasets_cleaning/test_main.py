import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from datasets_cleaning.__main__ import cli
from datasets_cleaning.plan import Plan
from tests.datasets_cleaning.jobs import cleaned
from tests.datasets_cleaning.toys import shards

ROWS = "a lake at dawn\nwrite to me at ivan@example.org\n\nозеро на рассвете\n"


def said(*words):
    result = CliRunner().invoke(cli, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A job over captions alone, by the real plan, classifier and engine."""
    root = tmp_path_factory.mktemp("captions")
    rows = [f"{place}.jpg,{text}" for place, text in enumerate(ROWS.splitlines())]
    (root / "in.csv").write_text("\n".join(["image_name,caption", *rows]), "utf-8")
    words = ("run", root / "in.csv", "--to", root / "out", "--plan", "captions")
    code, out, err = said(*words, "--workers", 1)
    assert code == 0, err
    assert "1 of 1 shards judged, 1 of them now; 2 of 4 pairs kept" in out
    return root / "out"


def test_status_tells_how_far_a_job_has_come(folder):
    code, out, _ = said("status", folder)

    facts = json.loads(out)
    assert code == 0
    assert facts["tallies"] == {"caption_empty": 1, "personal_data": 1}
    assert (facts["judged"], facts["waiting"], facts["is_final"]) == (1, [], True)


def test_explain_tells_the_reason_with_its_threshold(folder):
    code, out, _ = said("explain", folder, "1.jpg")

    facts = json.loads(out)
    assert code == 0
    assert facts["final"] == "personal_data"
    assert facts["found"]["language"] == "en"
    assert facts["rules"] == ["personal_data: kinds ['email', 'phone', 'card']"]


def test_a_pair_is_found_by_its_uid_too(folder):
    _, by_key, _ = said("explain", folder, "3.jpg")
    uid = json.loads(by_key)["found"]["uid"]

    assert said("explain", folder, uid)[1] == by_key


def test_a_pair_that_is_not_there_is_not_explained(folder):
    code, out, err = said("explain", folder, "9.jpg")

    assert (code, out) == (2, "")
    assert "'9.jpg'" in err


def test_replay_tells_what_another_plan_would_do(folder, tmp_path):
    text = Plan.bundled("captions").text
    other = tmp_path / "other.toml"
    other.write_text(text.replace('"email", ', "").replace("captions-", "mine-"))

    code, out, _ = said("replay", folder, "--plan", other)

    assert code == 0
    assert "changed: 25.00%" in out
    assert "1  personal_data -> kept" in out


def test_replay_tells_what_nobody_has_measured(folder):
    code, out, _ = said("replay", folder, "--plan", "default")

    assert code == 0
    assert "can't be decided: not measured" in out
    assert "no ledger has decoded, format" in out


def test_resume_does_nothing_twice(folder):
    code, out, _ = said("resume", folder)

    assert code == 0
    assert "1 of 1 shards judged, 0 of them now; 2 of 4 pairs kept" in out


def test_another_plan_in_the_same_folder_does_nothing(folder, tmp_path):
    text = Plan.bundled("captions").text.replace("captions-", "mine-")
    (tmp_path / "other.toml").write_text(text)

    words = ("run", folder.parent / "in.csv", "--to", folder)
    code, _, err = said(*words, "--plan", tmp_path / "other.toml")

    assert code == 2
    assert "holds a job by another plan, captions-" in err


def test_overrides_are_read_or_refused_line_by_line(folder, tmp_path):
    words = tmp_path / "said.csv"
    words.write_text("uid,verdict\nxyz,keep\n" + "00" * 16 + ",perhaps\n")

    code, _, err = said(
        "run", folder.parent / "in.csv", "--to", tmp_path / "out",
        "--plan", "captions", "--overrides", words,
    )  # fmt: skip

    assert code == 2
    assert "line 2: a uid has 32 hexadecimal digits, got 'xyz'" in err
    assert "line 3: a verdict is keep or drop, got 'perhaps'" in err


def test_without_a_model_a_job_says_what_to_set(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/1.txt").write_text("a lake")

    code, _, err = said(
        "run", tmp_path / "in", "--to", tmp_path / "out", "--workers", 1
    )

    assert code == 2
    assert "no CLIP is set" in err


def test_a_device_that_is_not_there_ends_a_job_with_one_sentence(tmp_path):
    prior = Path("generation/bundled/kandinsky-mini/prior")
    source = shards(tmp_path / "in", [("a lake",), ("a cat",), ("a dog",)])

    code, out, err = said(
        "run", source, "--to", tmp_path / "out", "--workers", 1,
        "--clip", prior / "image_encoder", "--processor", prior / "image_processor",
        "--text", prior / "text_encoder", "--tokenizer", prior / "tokenizer",
        "--device", "cdua",
    )  # fmt: skip

    assert (code, out) == (2, "")
    assert err.count("torch sees no device 'cdua' here") == 1


def test_a_job_that_another_program_began_is_not_resumed(tmp_path):
    cleaned(shards(tmp_path / "in", [("fine",)]), tmp_path / "out")

    code, _, err = said("resume", tmp_path / "out")

    assert code == 2
    assert "another program's" in err
