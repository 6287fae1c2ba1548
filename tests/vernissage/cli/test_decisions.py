import json
from datetime import timedelta

import pytest

from moderation import Outcome
from moderation.labelled_scores import read
from tests.factories import NOON, a_verdict, stored
from vernissage.db.decisions import Decisions
from vernissage.db.session import connect


@pytest.fixture
def log(settings):
    """An allowed prompt, and a day later an embedding that was refused."""
    sessions = connect(settings.database)
    artwork = stored(sessions, prompt="a secret lake")
    with sessions.begin() as session:
        refusal = a_verdict(Outcome.REFUSE, gate="embedding")
        Decisions(session).record(artwork, refusal, NOON + timedelta(days=1))
    sessions.engine.dispose()
    return artwork


def test_the_log_is_a_table_with_the_newest_on_top(vernissage, log, capsys):
    code = vernissage("decisions")

    _, newest, oldest = capsys.readouterr().out.splitlines()
    assert code == 0
    assert newest.split()[2:6] == [str(log.id)[:8], "embedding", "refuse", "violence"]
    assert oldest.split()[:2] == ["2026-05-01", "12:00:00"]


@pytest.mark.parametrize(
    ("filters", "gates"),
    [
        ([], ["embedding", "prompt"]),
        (["--gate", "prompt"], ["prompt"]),
        (["--outcome", "refuse"], ["embedding"]),
        (["--since", "2026-05-02"], ["embedding"]),
        (["--since", "2026-05-01T12:00:00"], ["embedding", "prompt"]),
        (["--limit", "1"], ["embedding"]),
    ],
)
def test_filters_say_what_is_wanted(vernissage, log, capsys, filters, gates):
    vernissage("decisions", "--json", *filters)

    lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["gate"] for line in lines] == gates


def test_no_prompt_is_shown(vernissage, log, capsys):
    vernissage("decisions", "--json")

    assert "secret" not in capsys.readouterr().out


def test_scores_beside_the_reviewers_word_are_written_for_calibration(
    vernissage, log, settings, tmp_path
):
    sessions = connect(settings.database)
    with sessions.begin() as session:
        Decisions(session).human(
            log, outcome=Outcome.ALLOW, actor="vera", note="", policy="p", at=NOON
        )
    sessions.engine.dispose()
    file = tmp_path / "said.csv"

    code = vernissage(
        "decisions", "export", "--reviewed", "--since", "2026-05-01", "--out", file
    )

    assert code == 0
    found = {(one.gate, one.score, one.label) for one in read(file)}
    assert found == {("prompt", 0.1, False), ("embedding", 0.95, False)}
    assert "secret" not in file.read_text("utf-8")
