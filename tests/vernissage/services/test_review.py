from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from moderation import Outcome
from tests.factories import stored
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.errors import BadInput, NotFound, WrongState
from vernissage.states import State


def in_review(sessions, storage, state=State.IN_REVIEW):
    side = storage.public_side if state is State.PUBLISHED else storage.quarantine
    side["key"] = b"picture"
    return stored(sessions, state, picture="key")


def test_an_approved_artwork_is_shown_and_the_decision_signed(
    reviewer, sessions, storage
):
    artwork = in_review(sessions, storage)

    decided = reviewer.decide(
        artwork.id, outcome=Outcome.ALLOW, actor="vera", note="a toy sword"
    )

    assert decided.state is State.PUBLISHED
    assert list(storage.public_side) == ["key"]
    with sessions() as session:
        [*_, last] = Events(session).after(artwork.id, 0)
        [decision] = Decisions(session).search(gate="human")
    assert last.state is State.PUBLISHED
    assert (decision.outcome, decision.actor, decision.note, decision.policy) == (
        "allow",
        "vera",
        "a toy sword",
        "test-1",
    )


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.PUBLISHED])
def test_a_refused_artwork_is_hidden(reviewer, sessions, storage, state):
    artwork = in_review(sessions, storage, state)

    decided = reviewer.decide(artwork.id, outcome=Outcome.REFUSE, actor="vera")

    assert decided.state is State.REFUSED
    assert storage.public_side == {}
    assert list(storage.quarantine) == ["key"]


@pytest.mark.parametrize("outcome", [Outcome.ALLOW, Outcome.REFUSE])
@pytest.mark.parametrize(
    "state", [s for s in State if s not in {State.IN_REVIEW, State.PUBLISHED}]
)
def test_what_is_not_up_for_review_is_not_decided(reviewer, sessions, state, outcome):
    artwork = stored(sessions, state)

    with pytest.raises(WrongState):
        reviewer.decide(artwork.id, outcome=outcome, actor="vera")

    with sessions() as session:
        assert Artworks(session)[artwork.id].state is state
        assert Decisions(session).search(gate="human") == []


def test_what_is_published_cannot_be_published_again(reviewer, sessions, storage):
    artwork = in_review(sessions, storage, State.PUBLISHED)

    with pytest.raises(WrongState):
        reviewer.decide(artwork.id, outcome=Outcome.ALLOW, actor="vera")


def test_a_reviewer_decides_one_way_or_the_other(reviewer, sessions, storage):
    artwork = in_review(sessions, storage)

    with pytest.raises(BadInput):
        reviewer.decide(artwork.id, outcome=Outcome.REVIEW, actor="vera")


def test_an_unknown_artwork_is_not_found(reviewer):
    with pytest.raises(NotFound):
        reviewer.decide(uuid4(), outcome=Outcome.ALLOW, actor="vera")


def test_of_two_reviewers_at_once_one_decides(reviewer, each_sessions, storage):
    artwork = in_review(each_sessions, storage)
    both = replace(
        reviewer,
        sessions=each_sessions,
        publisher=replace(reviewer.publisher, sessions=each_sessions),
    )

    def decide(actor):
        try:
            both.decide(artwork.id, outcome=Outcome.ALLOW, actor=actor)
        except WrongState:
            return None
        return actor

    with ThreadPoolExecutor(2) as threads:
        [winner] = filter(None, threads.map(decide, ["vera", "gleb"]))

    with each_sessions() as session:
        [decision] = Decisions(session).search(gate="human")
    assert decision.actor == winner
