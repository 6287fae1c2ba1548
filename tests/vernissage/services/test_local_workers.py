from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from moderation import Category, Gate, PromptGate
from tests.fakes import PlainEngine, Scorer
from vernissage.db.artworks import Artworks
from vernissage.errors import EngineBroken, SettingsError
from vernissage.models.artworks import Event
from vernissage.services.local_workers import LocalWorkers
from vernissage.states import State


@pytest.fixture
def workers(sessions, screener, generator, sweeper, canceller) -> LocalWorkers:
    return LocalWorkers(
        sessions=sessions,
        screener=screener,
        build_generator=lambda: generator,
        sweeper=sweeper,
        canceller=canceller,
    )


@pytest.fixture
def artwork(submitter):
    return submitter.submit(prompt="a lake", aspect="1:1", owner="cli")


def no_generator():
    raise SettingsError("cannot paint without weights")


def ignore(event):
    pass


def state_of(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id].state


def test_an_artwork_goes_the_whole_way(workers, artwork):
    events: list[Event] = []

    done = workers.finish(artwork, events.append)

    assert done.state is State.PUBLISHED
    assert list(dict.fromkeys(event.state for event in events)) == [
        State.SUBMITTED,
        State.SCREENING,
        State.QUEUED,
        State.PAINTING,
        State.PUBLISHED,
    ]
    assert [event.step for event in events if event.step][-1:] == [4]


def test_only_this_artwork_is_painted(workers, artwork, submitter, sessions, engine):
    other = submitter.submit(prompt="a hill", aspect="1:1", owner="anna")

    workers.finish(artwork, ignore)

    assert engine.decoded == ["a lake"]
    assert state_of(sessions, other) is State.SUBMITTED


def test_what_the_screener_refuses_loads_no_networks(workers, artwork, policy):
    strict = PromptGate(
        name=Gate.SCREENING,
        classifiers=[Scorer({Category.VIOLENCE: 0.95})],
        policy=policy,
    )
    screener = replace(workers.screener, gate=strict)

    done = replace(workers, screener=screener, build_generator=no_generator).finish(
        artwork, ignore
    )

    assert done.state is State.REFUSED


def test_a_picture_that_fails_each_time_fails_after_three_attempts(
    workers, artwork, generator
):
    class Hopeless(PlainEngine):
        def step(self, work):
            self.fail(work, "no room for this picture")

    engine = Hopeless()
    hopeless = replace(
        workers, build_generator=lambda: replace(generator, engine=engine)
    )

    done = hopeless.finish(artwork, ignore)

    assert (done.state, len(engine.embedded)) == (State.FAILED, 3)


def test_an_engine_that_breaks_down_is_not_tried_again(
    workers, artwork, engine, sessions
):
    def break_down(step, steps):
        raise ZeroDivisionError

    engine.meanwhile = break_down

    with pytest.raises(EngineBroken):
        workers.finish(artwork, ignore)

    assert len(engine.decoded) == 1
    assert state_of(sessions, artwork) is State.CANCELLED


def test_without_networks_the_artwork_is_called_off(workers, artwork, sessions):
    with pytest.raises(SettingsError, match="cannot paint"):
        replace(workers, build_generator=no_generator).finish(artwork, ignore)

    assert state_of(sessions, artwork) is State.CANCELLED


def test_what_another_worker_has_taken_is_waited_for(
    workers, artwork, screener, generator, engine
):
    def other_workers():
        screener.screen_all()
        generator.generate_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(other_workers)
        done = workers.finish(artwork, ignore)

    assert done.state is State.PUBLISHED
    assert engine.decoded == ["a lake"]


def test_an_interrupt_cancels_the_picture(workers, artwork, sessions, engine):
    def interrupt(event):
        if event.step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workers.finish(artwork, interrupt)

    assert state_of(sessions, artwork) in {State.CANCELLED, State.PUBLISHED}
