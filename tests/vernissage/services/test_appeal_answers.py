from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from moderation import Category, EmbeddingGate, ImageGate, Outcome
from tests.factories import a_verdict, refused, stored
from tests.fakes import Scorer
from vernissage.db.appeals import Appeals
from vernissage.db.artworks import Artworks, Decisions, Events
from vernissage.errors import BadInput, OwnRefusal, WrongState
from vernissage.states import State

UNSAFE = {**dict.fromkeys(Category, 0.0), Category.VIOLENCE: 0.95}


@pytest.fixture
def appealed(sessions, appealer):
    """Makes a work that *gate* refused, and appeals for it."""

    def make(gate="prompt", **columns):
        artwork = refused(sessions, gate, **columns)
        appealer.appeal(artwork.id, owner="anna", words="it is a toy")
        return artwork

    return make


@pytest.fixture
def taken_down(sessions, reviewer, appealer, shelf):
    """A published picture that Vera took down, and an appeal for it."""
    shelf.wall["key"] = b"picture"
    artwork = stored(sessions, State.PUBLISHED, picture="key")
    reviewer.decide(artwork.id, outcome=Outcome.REFUSE, actor="vera")
    appealer.appeal(artwork.id, owner="anna", words="it is a toy")
    return artwork


def granted(sessions, artwork):
    with sessions() as session:
        appeal = Appeals(session).of(artwork.id)
        assert appeal is not None
        return appeal.granted


def states(sessions, artwork):
    with sessions() as session:
        return [e.state.value for e in Events(session).after(artwork.id, 0)]


def test_a_picture_that_is_granted_hangs(arbiter, sessions, shelf, appealed):
    shelf.quarantine["key"] = b"picture"
    artwork = appealed("image", picture="key")

    answered = arbiter.answer(
        artwork.id, outcome=Outcome.ALLOW, actor="vera", note="a toy"
    )

    assert answered.state is State.PUBLISHED
    assert list(shelf.wall) == ["key"]
    assert states(sessions, artwork) == ["refused", "appealed", "published"]
    assert granted(sessions, artwork)
    with sessions() as session:
        [decision] = Decisions(session).search(gate="human")
        assert (decision.actor, decision.note) == ("vera", "a toy")


def test_words_that_are_granted_are_painted_and_the_picture_is_judged(
    arbiter, painter, sessions, notifier, appealed
):
    artwork = appealed("prompt")

    arbiter.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")
    notified = notifier.paintings
    painter.paint_all()

    assert notified == 1
    assert states(sessions, artwork)[:3] == ["refused", "appealed", "queued"]
    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.PUBLISHED


def test_an_idea_that_is_granted_is_painted_whatever_its_gate_says_again(
    arbiter, painter, engine, policy, sessions, appealed
):
    gate = EmbeddingGate(classifiers=[Scorer(UNSAFE)], policy=policy)
    painter = replace(painter, embedding_gate=gate)
    artwork = appealed("embedding")

    arbiter.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")
    painter.paint_all()

    assert engine.decoded == ["a lake"]
    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.PUBLISHED


@pytest.mark.parametrize("gate", ["embedding_gate", "image_gate"])
def test_granted_words_do_not_bind_the_gates_that_have_not_looked(
    arbiter, painter, policy, sessions, appealed, gate
):
    kind = {"embedding_gate": EmbeddingGate, "image_gate": ImageGate}[gate]
    strict = kind(classifiers=[Scorer(UNSAFE)], policy=policy)
    artwork = appealed("screening")

    arbiter.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")
    replace(painter, **{gate: strict}).paint_all()

    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.REFUSED


def test_a_refusal_that_is_upheld_stays(arbiter, sessions, notifier, appealed):
    artwork = appealed()

    arbiter.answer(artwork.id, outcome=Outcome.REFUSE, actor="vera")

    assert states(sessions, artwork) == ["refused", "appealed", "refused"]
    assert notifier.paintings == 0
    assert granted(sessions, artwork) is False


def test_whoever_refused_a_work_does_not_answer_for_it(arbiter, sessions, taken_down):
    with pytest.raises(OwnRefusal):
        arbiter.answer(taken_down.id, outcome=Outcome.REFUSE, actor="vera")

    with sessions() as session:
        assert Artworks(session)[taken_down.id].state is State.APPEALED


def test_another_reviewer_hangs_it_again(arbiter, taken_down, shelf):
    answered = arbiter.answer(taken_down.id, outcome=Outcome.ALLOW, actor="olga")

    assert answered.state is State.PUBLISHED
    assert list(shelf.wall) == ["key"]


@pytest.mark.parametrize("state", [s for s in State if s is not State.APPEALED])
def test_without_an_appeal_there_is_nothing_to_answer(arbiter, sessions, state):
    artwork = stored(sessions, state)

    with pytest.raises(WrongState):
        arbiter.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")


def test_an_answer_is_yes_or_no(arbiter, appealed):
    with pytest.raises(BadInput):
        arbiter.answer(appealed().id, outcome=Outcome.REVIEW, actor="vera")


def test_of_two_answers_at_once_one_counts(arbiter, appealer, each_sessions, hanger):
    artwork = refused(each_sessions)
    replace(appealer, sessions=each_sessions).appeal(
        artwork.id, owner="anna", words="a toy"
    )
    both = replace(
        arbiter, sessions=each_sessions, hanger=replace(hanger, sessions=each_sessions)
    )

    def answer(actor):
        try:
            both.answer(artwork.id, outcome=Outcome.REFUSE, actor=actor)
        except WrongState:
            return None
        return actor

    with ThreadPoolExecutor(2) as threads:
        [winner] = filter(None, threads.map(answer, ["vera", "gleb"]))

    with each_sessions() as session:
        [decision] = Decisions(session).search(gate="human")
    assert decision.actor == winner


def test_a_verdict_after_the_answer_is_on_record_like_any_other(
    arbiter, sessions, appealed
):
    artwork = appealed("embedding")
    arbiter.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")

    with sessions.begin() as session:
        decisions = Decisions(session)
        again = a_verdict(Outcome.REFUSE, gate="embedding")
        decisions.record(artwork, again, artwork.submitted_at)
        assert decisions.worst(artwork.id) is Outcome.ALLOW
        assert len(decisions.search(gate="embedding")) == 2
