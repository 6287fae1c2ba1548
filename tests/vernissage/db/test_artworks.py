from datetime import timedelta
from uuid import uuid4

import pytest

from moderation import Outcome
from tests.factories import NOON, a_verdict, stored
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.errors import NotFound
from vernissage.states import State


def test_an_unknown_artwork_is_not_found(each_sessions):
    with each_sessions() as session, pytest.raises(NotFound):
        Artworks(session)[uuid4()]


def test_an_artwork_looks_unknown_to_everybody_but_its_owner(sessions):
    artwork = stored(sessions, owner="anna")

    with sessions() as session:
        assert Artworks(session).get_owned(artwork.id, "anna").id == artwork.id
        with pytest.raises(NotFound) as foreign:
            Artworks(session).get_owned(artwork.id, "boris")
    unknown = NotFound(f"no artwork {artwork.id}")
    assert str(foreign.value) == str(unknown)


def test_only_unfinished_works_of_the_owner_are_under_way(each_sessions):
    for state in State:
        stored(each_sessions, state, owner="anna")
    stored(each_sessions, State.QUEUED, owner="boris")

    with each_sessions.begin() as session:
        assert Artworks(session).count_in_progress("anna") == 4


def test_events_are_read_on_from_where_one_was(each_sessions):
    artwork, other = stored(each_sessions), stored(each_sessions)
    with each_sessions.begin() as session:
        Events(session).record(artwork, NOON, step=1, steps=3)
        Events(session).record(other, NOON, step=2, steps=3)

    with each_sessions() as session:
        first, second = Events(session).after(artwork.id, 0)
        rest = Events(session).after(artwork.id, first.id)
        latest = Events(session).latest(artwork.id)

    assert [event.id for event in rest] == [second.id]
    assert latest is second
    assert (second.step, second.steps) == (1, 3)


def test_nothing_happened_to_an_unknown_artwork(sessions):
    with sessions() as session:
        assert Events(session).latest(uuid4()) is None


def test_a_verdict_is_written_down_whole(each_sessions):
    artwork = stored(each_sessions, language="ru")
    verdict = a_verdict(Outcome.REFUSE, gate="image")
    with each_sessions.begin() as session:
        Decisions(session).record(artwork, verdict, NOON)

    with each_sessions() as session:
        [decision] = Decisions(session).search(gate="image")

    assert decision.artwork_id == artwork.id
    assert decision.outcome == "refuse"
    assert decision.scores == {"violence": 0.95}
    assert decision.thresholds == {"violence": {"review": 0.5, "refuse": 0.9}}
    assert decision.reasons == [
        {"category": "violence", "score": 0.95, "threshold": 0.9, "outcome": "refuse"}
    ]
    assert decision.policy == "test-1"
    assert decision.models == ["scorer@test"]
    assert decision.language == "ru"
    assert decision.judged
    assert decision.actor is None
    assert decision.decided_at == NOON
    assert decision.milliseconds == 1.5


def test_a_gate_that_did_not_judge_asks_for_a_person(sessions):
    artwork = stored(sessions)
    with sessions.begin() as session:
        Decisions(session).record(artwork, a_verdict(judged=False, gate="image"), NOON)

    with sessions() as session:
        [decision] = Decisions(session).search(gate="image")
        worst = Decisions(session).worst(artwork.id)

    assert (decision.outcome, decision.judged) == ("review", False)
    assert worst is Outcome.REVIEW


def test_the_worst_outcome_is_worst_by_severity_and_of_one_artwork(sessions):
    artwork, other = stored(sessions), stored(sessions)

    with sessions.begin() as session:
        decisions = Decisions(session)
        for outcome in (Outcome.REVIEW, Outcome.REFUSE, Outcome.ALLOW):
            decisions.record(artwork, a_verdict(outcome), NOON)

        assert decisions.worst(artwork.id) is Outcome.REFUSE
        assert decisions.worst(other.id) is Outcome.ALLOW


def test_a_person_signs_a_decision(sessions):
    artwork = stored(sessions, State.IN_REVIEW)
    with sessions.begin() as session:
        Decisions(session).human(
            artwork,
            outcome=Outcome.ALLOW,
            actor="vera",
            note="a toy",
            policy="test-1",
            at=NOON,
        )

    with sessions() as session:
        [decision] = Decisions(session).search(gate="human")

    assert (decision.outcome, decision.actor, decision.note, decision.judged) == (
        "allow",
        "vera",
        "a toy",
        True,
    )


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["image", "screening", "prompt"]),
        ({"gate": "image"}, ["image"]),
        ({"outcome": "review"}, ["screening"]),
        ({"language": "ru"}, []),
        ({"policy": "test-1", "language": "en"}, ["image", "screening", "prompt"]),
        ({"policy": "test-2"}, []),
        ({"since": NOON + timedelta(hours=1)}, ["image", "screening"]),
        ({"limit": 1}, ["image"]),
        ({"gate": "image", "outcome": "allow"}, []),
    ],
)
def test_the_log_is_searched_newest_first(each_sessions, filters, found):
    artwork = stored(each_sessions)
    with each_sessions.begin() as session:
        for hour, gate, outcome in [
            (1, "screening", Outcome.REVIEW),
            (2, "image", Outcome.REFUSE),
        ]:
            verdict = a_verdict(outcome, gate=gate)
            Decisions(session).record(artwork, verdict, NOON + timedelta(hours=hour))
            session.flush()

    with each_sessions() as session:
        gates = [decision.gate for decision in Decisions(session).search(**filters)]

    assert gates == found


def test_the_log_goes_on_from_the_last_decision_seen(sessions):
    for _ in range(3):
        stored(sessions)

    with sessions() as session:
        decisions = Decisions(session)
        first = decisions.search(limit=2)
        rest = decisions.search(limit=2, before=first[-1].id)

    ids = [decision.id for decision in first + rest]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 3
