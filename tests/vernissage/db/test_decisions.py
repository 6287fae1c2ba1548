import json
from dataclasses import replace

from moderation import PromptGate
from tests.factories import NOON, a_verdict, stored
from tests.fakes import UnavailableClassifier
from vernissage import logs
from vernissage.db.decisions import Decisions
from vernissage.states import State

PRIVATE = "a prompt that nobody may read"


def test_the_cause_of_a_gate_that_could_not_judge_is_kept_and_logged(
    sessions, policy, capsys
):
    logs.configure()
    gate = PromptGate(classifiers=[UnavailableClassifier()], policy=policy)
    artwork = stored(sessions, State.SUBMITTED, prompt=PRIVATE)

    with sessions.begin() as session:
        Decisions(session).record(artwork, gate.judge(PRIVATE), NOON)

    with sessions() as session:
        [failure] = Decisions(session).failures_since(NOON)
    assert failure.gate == "prompt"
    assert failure.cause.startswith("ClassifierUnavailable at ")
    assert failure.count == 1
    logged = capsys.readouterr().err
    line = next(
        json.loads(each) for each in logged.splitlines() if "gate_failed" in each
    )
    assert (line["error"], line["gate"]) == ("ClassifierUnavailable", "prompt")
    assert PRIVATE not in logged


def test_a_gate_that_judges_has_no_failure(sessions):
    artwork = stored(sessions, State.SUBMITTED)
    with sessions.begin() as session:
        Decisions(session).record(artwork, replace(a_verdict(), failure=None), NOON)

        assert Decisions(session).failures_since(NOON) == []
