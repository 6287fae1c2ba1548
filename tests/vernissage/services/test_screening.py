from dataclasses import replace

from moderation import Category, Gate, PromptGate
from tests.factories import stored
from tests.fakes import Scorer, UnavailableClassifier
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.states import State


def gate(policy, *classifiers):
    return PromptGate(name=Gate.SCREENING, classifiers=classifiers, policy=policy)


def look(sessions, artwork):
    with sessions() as session:
        row = Artworks(session)[artwork.id]
        [decision] = Decisions(session).search(gate="screening")
        return row, decision


def test_nothing_to_screen_is_said_so(screener, sessions):
    stored(sessions, State.QUEUED)

    assert not screener.screen_all()


def test_an_innocent_prompt_waits_for_a_generator(screener, sessions, notifier):
    artwork = stored(sessions)

    assert screener.screen_all()

    row, decision = look(sessions, artwork)
    assert row.state is State.QUEUED
    assert row.lease_until is None
    assert decision.outcome == "allow"
    assert notifier.paintings == 1


def test_attempts_at_painting_are_counted_from_the_start(screener, sessions):
    artwork = stored(sessions, attempt=2)

    screener.screen_all()

    row, _ = look(sessions, artwork)
    assert row.attempt == 0


def test_a_refused_prompt_never_reaches_a_generator(
    screener, generator, engine, sessions, policy, notifier
):
    artwork = stored(sessions)
    strict = gate(policy, Scorer(), Scorer({Category.HATE: 1.0}))

    replace(screener, gate=strict).screen_all()

    row, decision = look(sessions, artwork)
    assert row.state is State.REFUSED
    assert decision.outcome == "refuse"
    assert notifier.paintings == 0
    assert not generator.generate_all()
    assert engine.embedded == []


def test_a_screener_without_its_classifier_asks_for_a_person(
    screener, generator, sessions, policy
):
    artwork = stored(sessions)

    replace(screener, gate=gate(policy, UnavailableClassifier())).screen_all()
    generator.generate_all()

    row, decision = look(sessions, artwork)
    assert row.state is State.IN_REVIEW
    assert (decision.outcome, decision.judged) == ("review", False)


def test_an_artwork_cancelled_while_it_is_read_stays_cancelled(
    screener, canceller, sessions, policy, notifier
):
    artwork = stored(sessions)

    class Interrupted(Scorer):
        def scores(self, thing, /):
            canceller.cancel(artwork.id, owner="anna")
            return super().scores(thing)

    assert replace(screener, gate=gate(policy, Interrupted())).screen_all()

    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.CANCELLED
        assert Decisions(session).search(gate="screening") == []
    assert notifier.paintings == 0


def test_a_screener_may_be_asked_for_one_prompt(screener, sessions):
    stored(sessions, owner="earlier")
    artwork = stored(sessions)

    assert screener.screen(artwork.id)
    assert not screener.screen(artwork.id)

    row, _ = look(sessions, artwork)
    assert row.state is State.QUEUED
