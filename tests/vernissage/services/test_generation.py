from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from generation.recipe import Safety
from generation.request import Notes
from moderation import (
    Category,
    EmbeddingGate,
    ImageGate,
    Outcome,
)
from tests.factories import a_verdict, stored
from tests.fakes import PlainEngine, Scorer, UnavailableClassifier, a_prior_output
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.services.generation import Generator
from vernissage.states import State


def doubt(score):
    return Scorer({Category.VIOLENCE: score})


def test_an_innocent_prompt_becomes_a_published_picture(
    submitter, screener, generator, publisher, sessions, look
):
    submitted = submitter.submit(prompt="a lake", aspect="16:9", owner="anna")

    assert screener.screen_all()
    assert generator.generate_all()
    assert not generator.generate_all()

    artwork, gates = look(submitted)
    assert artwork.state is State.PUBLISHED
    assert artwork.model == "plain@test"
    assert gates == ["prompt", "screening", "embedding", "image"]
    assert publisher.public_picture(artwork).startswith(b"\x89PNG")


def test_a_visitor_can_follow_every_stage(sessions, generator):
    artwork = stored(sessions, State.QUEUED, steps=100)

    generator.generate_all()

    with sessions() as session:
        told = [(e.state.value, e.step) for e in Events(session).after(artwork.id, 0)]
    assert told == [
        ("queued", None),
        ("painting", None),
        ("painting", 1),
        ("painting", 100),
        ("published", None),
    ]


def test_steps_are_told_again_after_a_while(sessions, generator, engine, clock):
    engine.meanwhile = lambda *_: clock.advance(0.15)
    artwork = stored(sessions, State.QUEUED, steps=9)

    generator.generate_all()

    with sessions() as session:
        steps = [e.step for e in Events(session).after(artwork.id, 0) if e.step]
    assert steps == [1, 4, 7, 9]


def test_a_refused_embedding_never_reaches_the_decoder(
    generator, engine, sessions, policy, storage, look
):
    artwork = stored(sessions, State.QUEUED)
    strict = EmbeddingGate(classifiers=[doubt(1.0)], policy=policy)

    replace(generator, embedding_gate=strict).generate_all()

    row, gates = look(artwork)
    assert row.state is State.REFUSED
    assert row.picture is None
    assert gates == ["prompt", "embedding"]
    assert engine.decoded == []
    assert storage.quarantine == storage.public_side == {}


def test_a_refused_picture_stays_in_quarantine(
    generator, sessions, policy, storage, publisher, look
):
    artwork = stored(sessions, State.QUEUED)
    strict = ImageGate(classifiers=[doubt(0.95)], policy=policy)

    replace(generator, image_gate=strict).generate_all()

    row, _ = look(artwork)
    assert row.state is State.REFUSED
    assert list(storage.quarantine) == [row.picture]
    assert storage.public_side == {}
    assert publisher.public_picture(row) is None


def test_a_doubtful_prompt_still_doubts_after_painting(
    generator, sessions, storage, look
):
    artwork = stored(sessions, State.QUEUED)
    with sessions.begin() as session:
        verdict = a_verdict(Outcome.REVIEW, gate="screening")
        Decisions(session).record(artwork, verdict, artwork.submitted_at)

    generator.generate_all()

    row, _ = look(artwork)
    assert row.state is State.IN_REVIEW
    assert storage.public_side == {}
    assert list(storage.quarantine) == [row.picture]


@pytest.mark.parametrize("blind", ["embedding_gate", "image_gate"])
def test_a_blind_gate_asks_for_a_person(
    generator, sessions, policy, storage, look, blind
):
    artwork = stored(sessions, State.QUEUED)
    gates = {
        "embedding_gate": EmbeddingGate(
            classifiers=[UnavailableClassifier()], policy=policy
        ),
        "image_gate": ImageGate(classifiers=[UnavailableClassifier()], policy=policy),
    }

    replace(generator, **{blind: gates[blind]}).generate_all()

    row, _ = look(artwork)
    assert row.state is State.IN_REVIEW
    assert storage.public_side == {}


def test_a_cancelled_artwork_is_put_down_at_the_next_step_told(
    generator, engine, canceller, sessions, clock, storage, look
):
    clock.tick *= 1000
    artwork = stored(sessions, State.QUEUED, steps=10)
    reached = []

    def cancel_at_three(step, _steps):
        reached.append(step)
        if step == 3:
            canceller.cancel(artwork.id, owner="anna")

    engine.meanwhile = cancel_at_three

    assert generator.generate_all()

    row, gates = look(artwork)
    assert row.state is State.CANCELLED
    assert reached == [1, 2, 3]
    assert gates == ["prompt"]
    assert storage.quarantine == storage.public_side == {}


def test_an_artwork_cancelled_at_the_last_moment_leaves_no_picture(
    generator, canceller, sessions, policy, storage, look
):
    artwork = stored(sessions, State.QUEUED)

    class Interrupted(Scorer):
        def scores(self, thing, /):
            canceller.cancel(artwork.id, owner="anna")
            return super().scores(thing)

    gate = ImageGate(classifiers=[Interrupted()], policy=policy)

    assert replace(generator, image_gate=gate).generate_all()

    row, gates = look(artwork)
    assert row.state is State.CANCELLED
    assert gates == ["prompt"]
    assert storage.quarantine == storage.public_side == {}


@dataclass
class FailingEngine(PlainEngine):
    """Fails as often as it is told to, at the embedding."""

    failures: int = 1

    def step(self, request):
        if len(self.embedded) <= self.failures:
            self.fail(request, request.regime.subject.prompt)
        else:
            super().step(request)


def test_a_failure_costs_an_attempt_and_not_the_artwork(generator, sessions, look):
    artwork = stored(sessions, State.QUEUED)

    replace(generator, engine=FailingEngine(failures=2)).generate_all()

    row, _ = look(artwork)
    assert row.state is State.PUBLISHED
    assert row.attempt == 3


def test_an_artwork_that_always_fails_is_given_up_and_the_queue_moves_on(
    generator, sessions, look
):
    doomed = stored(sessions, State.QUEUED, owner="anna")
    shaky = replace(generator, engine=FailingEngine(failures=3))
    shaky.generate_all()
    other = stored(sessions, State.QUEUED, owner="boris")

    shaky.generate_all()

    assert (look(doomed)[0].state, look(doomed)[0].attempt) == (State.FAILED, 3)
    assert (look(other)[0].state, look(other)[0].attempt) == (State.PUBLISHED, 1)


def test_a_failure_is_logged_without_the_prompt(generator, sessions):
    artwork = stored(sessions, State.QUEUED, prompt="my dear aunt Olga")

    with capture_logs() as logged:
        replace(generator, engine=FailingEngine()).generate_all()

    [entry] = logged
    assert (entry["event"], entry["artwork"]) == ("attempt_failed", str(artwork.id))
    assert entry["error"] == "GenerationError"
    assert "Olga" not in str(entry)


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_a_generator_that_is_told_to_stop_gives_its_artwork_back_at_once(
    generator, engine, sessions, look, end
):
    artwork = stored(sessions, State.QUEUED)

    def leave(_step, _steps):
        raise end

    engine.meanwhile = leave

    with pytest.raises(end):
        generator.generate_all()

    row, _ = look(artwork)
    assert (row.state, row.attempt, row.lease_until) == (State.QUEUED, 0, None)


def test_generators_at_once_generate_each_artwork_once(generator, each_sessions):
    crowd = replace(
        generator,
        sessions=each_sessions,
        leases=replace(generator.leases, sessions=each_sessions),
        publisher=replace(generator.publisher, sessions=each_sessions),
    )
    works = [
        stored(each_sessions, State.QUEUED, owner=f"{n % 3}", prompt=f"lake {n}")
        for n in range(12)
    ]
    engines = [PlainEngine(capacity=2) for _ in range(4)]

    with ThreadPoolExecutor(4) as threads:
        generators = [replace(crowd, engine=engine) for engine in engines]
        list(threads.map(Generator.generate_all, generators))

    decoded = [prompt for engine in engines for prompt in engine.decoded]
    assert sorted(decoded) == sorted(work.prompt for work in works)
    with each_sessions() as session:
        published = [Artworks(session)[work.id].state for work in works]
    assert set(published) == {State.PUBLISHED}


def test_a_recipe_follows_the_artwork(generator, sessions, storage):
    stored(sessions, State.QUEUED, aspect="16:9")

    generator.generate_all()

    [png] = storage.public_side.values()
    width, height = (int.from_bytes(png[i : i + 4]) for i in (16, 20))
    assert (width, height) == (28, 16)


def test_a_generator_may_be_asked_for_one_artwork(generator, sessions, look):
    waiting = stored(sessions, State.QUEUED, owner="earlier")
    artwork = stored(sessions, State.QUEUED)

    assert generator.generate(artwork.id)
    assert not generator.generate(artwork.id)

    assert look(artwork)[0].state is State.PUBLISHED
    assert look(waiting)[0].state is State.QUEUED


@pytest.mark.parametrize(
    "prior_output",
    [a_prior_output(0.0, 1.0), a_prior_output(0.25, negative=0.0)],
    ids=["part", "guided"],
)
def test_everything_that_leads_to_a_picture_is_judged(
    generator, sessions, policy, look, prior_output
):
    artwork = stored(sessions, State.QUEUED)

    class Ones(Scorer):
        def scores(self, thing, /):
            self.seen.append(thing)
            return {Category.VIOLENCE: 0.95 if thing.min() == 1 else 0.0}

    gate = EmbeddingGate(classifiers=[Ones()], policy=policy)
    engine = PlainEngine(prior_output=prior_output)

    replace(generator, engine=engine, embedding_gate=gate).generate_all()

    row, gates = look(artwork)
    assert row.state is State.REFUSED
    assert gates == ["prompt", "embedding"]
    assert engine.decoded == []


def test_a_point_that_nobody_could_judge_outweighs_a_harmless_one(
    generator, sessions, policy, look
):
    artwork = stored(sessions, State.QUEUED)

    class HalfBlind(UnavailableClassifier):
        def scores(self, thing, /):
            if thing.min() == 1:
                return super().scores(thing)
            return {Category.VIOLENCE: 0.6}

    gate = EmbeddingGate(classifiers=[HalfBlind()], policy=policy)
    engine = PlainEngine(prior_output=a_prior_output(0.0, 1.0))

    replace(generator, engine=engine, embedding_gate=gate).generate_all()

    row, _ = look(artwork)
    assert row.state is State.IN_REVIEW
    assert [d.judged for d in row.decisions] == [True, False, True]


def test_a_picture_is_steered_as_the_policy_says(generator, sessions):
    stored(sessions, State.QUEUED)
    recipes = []

    class Curious(PlainEngine):
        def submit(self, regime, recipe):
            recipes.append(recipe)
            return super().submit(regime, recipe)

    replace(generator, engine=Curious(), safety=Safety.STRONG).generate_all()

    assert [recipe.safety for recipe in recipes] == [Safety.STRONG]


def test_what_the_prior_read_instead_of_the_prompt_is_on_record(
    generator, sessions, look
):
    artwork = stored(sessions, State.QUEUED, prompt="озеро", language="ru")

    class Polyglot(PlainEngine):
        def submit(self, regime, recipe):
            request = super().submit(regime, recipe)
            request.notes = Notes(translated=("a lake",))
            return request

    replace(generator, engine=Polyglot()).generate_all()

    row, _ = look(artwork)
    assert (row.prompt, row.translation) == ("озеро", "a lake")


def test_an_embedding_is_limited_as_the_policy_says(generator, sessions):
    stored(sessions, State.QUEUED)
    recipes = []

    class Curious(PlainEngine):
        def submit(self, regime, recipe):
            recipes.append(recipe)
            return super().submit(regime, recipe)

    replace(generator, engine=Curious(), concept_limit=0.3).generate_all()

    assert [recipe.concept_limit for recipe in recipes] == [0.3]
