from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from moderation import Category, EmbeddingGate, ImageGate, Outcome
from tests.factories import a_verdict, refused, stored
from tests.fakes import Scorer
from vernissage.db.appeals import Appeals
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.errors import BadInput, OwnRefusal, WrongState
from vernissage.states import State

UNSAFE = {**dict.fromkeys(Category, 0.0), Category.VIOLENCE: 0.95}


@pytest.fixture
def appealed(sessions, appeal_service):
    """Makes an artwork that *gate* refused, and appeals for it."""

    def make(gate="prompt", **columns):
        artwork = refused(sessions, gate, **columns)
        appeal_service.make(artwork.id, owner="anna", words="it is a toy")
        return artwork

    return make


@pytest.fixture
def taken_down(sessions, reviewer, appeal_service, storage):
    """A published picture that Vera took down, and an appeal for it."""
    storage.public_side["key"] = b"picture"
    artwork = stored(sessions, State.PUBLISHED, picture="key")
    reviewer.decide(artwork.id, outcome=Outcome.REFUSE, actor="vera")
    appeal_service.make(artwork.id, owner="anna", words="it is a toy")
    return artwork


def granted(sessions, artwork):
    with sessions() as session:
        appeal = Appeals(session).of(artwork.id)
        assert appeal is not None
        return appeal.granted


def states(sessions, artwork):
    with sessions() as session:
        return [e.state.value for e in Events(session).after(artwork.id, 0)]


def test_a_picture_that_is_granted_is_published(
    appeal_service, sessions, storage, appealed
):
    storage.quarantine["key"] = b"picture"
    artwork = appealed("image", picture="key")

    answered = appeal_service.answer(
        artwork.id, outcome=Outcome.ALLOW, actor="vera", note="a toy"
    )

    assert answered.state is State.PUBLISHED
    assert list(storage.public_side) == ["key"]
    assert states(sessions, artwork) == ["refused", "appealed", "published"]
    assert granted(sessions, artwork)
    with sessions() as session:
        [decision] = Decisions(session).search(gate="human")
        assert (decision.actor, decision.note) == ("vera", "a toy")


def test_words_that_are_granted_are_painted_and_the_picture_is_judged(
    appeal_service, generator, sessions, notifier, appealed
):
    artwork = appealed("prompt")

    appeal_service.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")
    notified = notifier.paintings
    generator.generate_all()

    assert notified == 1
    assert states(sessions, artwork)[:3] == ["refused", "appealed", "queued"]
    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.PUBLISHED


def test_an_embedding_that_is_granted_is_decoded_whatever_its_gate_says_again(
    appeal_service, generator, engine, policy, sessions, appealed
):
    gate = EmbeddingGate(classifiers=[Scorer(UNSAFE)], policy=policy)
    generator = replace(generator, embedding_gate=gate)
    artwork = appealed("embedding")

    appeal_service.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")
    generator.generate_all()

    assert engine.decoded == ["a lake"]
    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.PUBLISHED


@pytest.mark.parametrize("gate", ["embedding_gate", "image_gate"])
def test_granted_words_do_not_bind_the_gates_that_have_not_looked(
    appeal_service, generator, policy, sessions, appealed, gate
):
    kind = {"embedding_gate": EmbeddingGate, "image_gate": ImageGate}[gate]
    strict = kind(classifiers=[Scorer(UNSAFE)], policy=policy)
    artwork = appealed("screening")

    appeal_service.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")
    replace(generator, **{gate: strict}).generate_all()

    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.REFUSED


def test_a_refusal_that_is_upheld_stays(appeal_service, sessions, notifier, appealed):
    artwork = appealed()

    appeal_service.answer(artwork.id, outcome=Outcome.REFUSE, actor="vera")

    assert states(sessions, artwork) == ["refused", "appealed", "refused"]
    assert notifier.paintings == 0
    assert granted(sessions, artwork) is False


def test_a_reviewer_does_not_answer_the_appeal_against_their_own_refusal(
    appeal_service, sessions, taken_down
):
    with pytest.raises(OwnRefusal):
        appeal_service.answer(taken_down.id, outcome=Outcome.REFUSE, actor="vera")

    with sessions() as session:
        assert Artworks(session)[taken_down.id].state is State.APPEALED


def test_another_reviewer_publishes_it_again(appeal_service, taken_down, storage):
    answered = appeal_service.answer(taken_down.id, outcome=Outcome.ALLOW, actor="olga")

    assert answered.state is State.PUBLISHED
    assert list(storage.public_side) == ["key"]


@pytest.mark.parametrize("state", [s for s in State if s is not State.APPEALED])
def test_without_an_appeal_there_is_nothing_to_answer(appeal_service, sessions, state):
    artwork = stored(sessions, state)

    with pytest.raises(WrongState):
        appeal_service.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")


def test_an_answer_is_yes_or_no(appeal_service, appealed):
    with pytest.raises(BadInput):
        appeal_service.answer(appealed().id, outcome=Outcome.REVIEW, actor="vera")


def test_of_two_answers_at_once_one_counts(appeal_service, each_sessions, publisher):
    artwork = refused(each_sessions)
    replace(appeal_service, sessions=each_sessions).make(
        artwork.id, owner="anna", words="a toy"
    )
    both = replace(
        appeal_service,
        sessions=each_sessions,
        publisher=replace(publisher, sessions=each_sessions),
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
    appeal_service, sessions, appealed
):
    artwork = appealed("embedding")
    appeal_service.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")

    with sessions.begin() as session:
        decisions = Decisions(session)
        again = a_verdict(Outcome.REFUSE, gate="embedding")
        decisions.record(artwork, again, artwork.submitted_at)
        assert decisions.worst(artwork.id) is Outcome.ALLOW
        assert len(decisions.search(gate="embedding")) == 2
