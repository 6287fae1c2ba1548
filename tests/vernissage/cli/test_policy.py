import json
from dataclasses import replace
from importlib.resources import files

import pytest

from moderation import Category, Outcome, Shadow
from tests.factories import NOON, a_verdict, stored
from vernissage.db.decisions import Decisions
from vernissage.db.session import connect
from vernissage.states import State

BALANCED = (files("moderation") / "policies/balanced.toml").read_text("utf-8")


@pytest.fixture
def wrong(tmp_path):
    """A policy with three faults."""
    path = tmp_path / "wrong.toml"
    text = BALANCED.replace("balanced-", "wrong-").replace("hate =", "hatred =", 1)
    path.write_text(f'mood = "good"\n{text}')
    return path


@pytest.mark.parametrize("name", [[], ["strict"], ["youth"]])
def test_a_bundled_policy_is_in_order(vernissage, data_dir, capsys, name):
    code = vernissage("policy", "check", *name)

    assert code == 0
    assert "10 categories at 3 gates, 8 joint rules" in capsys.readouterr().out


def test_every_fault_of_a_policy_is_a_line(vernissage, data_dir, capsys, wrong):
    code = vernissage("policy", "check", wrong)

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert len(lines) == 3
    assert all(line.startswith(f"{wrong}: ") for line in lines)
    assert "hatred" in "\n".join(lines)


def test_faults_are_there_for_programs_too(vernissage, data_dir, capsys, wrong):
    assert vernissage("policy", "check", "--json", wrong) == 1

    answer = json.loads(capsys.readouterr().out)
    assert answer["policy"] is None
    assert len(answer["problems"]) == 3


def test_the_policy_in_force_is_the_one_that_is_checked(
    vernissage, data_dir, capsys, monkeypatch, wrong
):
    monkeypatch.setenv("VERNISSAGE_POLICY", str(wrong))

    assert vernissage("policy", "check") == 1


def test_two_policies_are_compared_line_by_line(vernissage, data_dir, capsys, tmp_path):
    other = tmp_path / "house.toml"
    text = BALANCED.replace("balanced-", "house-").replace("0.60", "0.55", 1)
    other.write_text(f"concept_limit = 0.3\n{text}")

    assert vernissage("policy", "diff", "balanced", other) == 0
    table = capsys.readouterr().out.splitlines()
    assert vernissage("policy", "diff", "--json", "balanced", other) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert table[2].split() == ["[prompt]", "sexual", "0.6,", "0.85", "0.55,", "0.85",
                                "stricter"]  # fmt: skip
    assert lines == [
        {"table": None, "name": "concept_limit", "before": None, "after": 0.3},
        {
            "table": "prompt",
            "name": "sexual",
            "before": {"review": 0.6, "refuse": 0.85},
            "after": {"review": 0.55, "refuse": 0.85},
            "direction": "stricter",
        },
    ]


def test_two_policies_may_do_the_same(vernissage, data_dir, capsys):
    assert vernissage("policy", "diff", "youth", "youth") == 0

    assert "do the same" in capsys.readouterr().out


@pytest.fixture
def log(settings):
    """An artwork allowed at a violence score of 0.4, and refused by a shadow policy."""
    sessions = connect(settings.database)
    artwork = stored(sessions, State.PUBLISHED)
    with sessions.begin() as session:
        score = {Category.VIOLENCE: 0.4}
        shadow = Shadow("shade-1", Outcome.REFUSE, ())
        read = replace(a_verdict(gate="screening"), scores=score, shadow=shadow)
        Decisions(session).record(artwork, read, NOON)
        Decisions(session).record(artwork, a_verdict(gate="image"), NOON)
    sessions.engine.dispose()
    return artwork


def test_a_replay_names_what_would_have_ended_otherwise(vernissage, log, capsys):
    assert vernissage("policy", "replay", "strict", "--since", "2026-05-01") == 0
    told = capsys.readouterr().out
    assert vernissage("policy", "replay", "strict", "--since=2026-05-01", "--json") == 0
    answer = json.loads(capsys.readouterr().out)

    assert "1 of 1 pictures since 2026-05-01 would have ended differently" in told
    assert str(log.id) in told
    assert answer["transitions"] == {"allow → review": 1}
    assert answer["languages"] == {"en": {"allow → review": 1}}
    assert answer["categories"] == {"violence": {"allow → review": 1}}
    assert answer["artworks"][0] == {
        "artwork": str(log.id),
        "language": "en",
        "before": "allow",
        "after": "review",
        "categories": ["violence"],
    }


def test_a_replay_of_later_days_finds_nothing(vernissage, log, capsys):
    assert vernissage("policy", "replay", "youth", "--since", "2026-05-02") == 0

    assert "0 of 0 pictures" in capsys.readouterr().out


def test_what_a_shadow_said_is_in_the_log(vernissage, log, capsys):
    vernissage("decisions", "--json", "--gate", "screening")

    line = json.loads(capsys.readouterr().out)
    assert line["shadow"] == {"policy": "shade-1", "outcome": "refuse", "reasons": []}
    assert line["outcome"] == "allow"
