from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from moderation import Category, Gate, PromptGate
from tests.fakes import PlainEngine, Scorer
from vernissage.cli.local_workers import Atelier
from vernissage.db.artworks import Artworks
from vernissage.errors import EngineBroken, SettingsError
from vernissage.models.artworks import Event
from vernissage.states import State


@pytest.fixture
def atelier(sessions, screener, painter, sweeper, canceller) -> Atelier:
    return Atelier(
        sessions=sessions,
        screener=screener,
        studio=lambda: painter,
        sweeper=sweeper,
        canceller=canceller,
    )


@pytest.fixture
def artwork(submitter):
    return submitter.submit(prompt="a lake", aspect="1:1", owner="cli")


def no_studio():
    raise SettingsError("no painter without its networks")


def ignore(event):
    pass


def state_of(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id].state


def test_an_artwork_goes_the_whole_way(atelier, artwork):
    events: list[Event] = []

    done = atelier.finish(artwork, events.append)

    assert done.state is State.PUBLISHED
    assert list(dict.fromkeys(event.state for event in events)) == [
        State.SUBMITTED,
        State.SCREENING,
        State.QUEUED,
        State.PAINTING,
        State.PUBLISHED,
    ]
    assert [event.step for event in events if event.step][-1:] == [4]


def test_only_this_artwork_is_painted(atelier, artwork, submitter, sessions, engine):
    other = submitter.submit(prompt="a hill", aspect="1:1", owner="anna")

    atelier.finish(artwork, ignore)

    assert engine.decoded == ["a lake"]
    assert state_of(sessions, other) is State.SUBMITTED


def test_what_the_screener_refuses_loads_no_networks(atelier, artwork, policy):
    strict = PromptGate(
        name=Gate.SCREENING,
        classifiers=[Scorer({Category.VIOLENCE: 0.95})],
        policy=policy,
    )
    screener = replace(atelier.screener, gate=strict)

    done = replace(atelier, screener=screener, studio=no_studio).finish(artwork, ignore)

    assert done.state is State.REFUSED


def test_a_picture_that_fails_each_time_fails_after_three_attempts(
    atelier, artwork, painter
):
    class Hopeless(PlainEngine):
        def step(self, work):
            self.fail(work, "no room for this picture")

    engine = Hopeless()
    hopeless = replace(atelier, studio=lambda: replace(painter, engine=engine))

    done = hopeless.finish(artwork, ignore)

    assert (done.state, len(engine.embedded)) == (State.FAILED, 3)


def test_an_engine_that_breaks_down_is_not_tried_again(
    atelier, artwork, engine, sessions
):
    def break_down(step, steps):
        raise ZeroDivisionError

    engine.meanwhile = break_down

    with pytest.raises(EngineBroken):
        atelier.finish(artwork, ignore)

    assert len(engine.decoded) == 1
    assert state_of(sessions, artwork) is State.CANCELLED


def test_without_networks_the_artwork_is_called_off(atelier, artwork, sessions):
    with pytest.raises(SettingsError, match="no painter"):
        replace(atelier, studio=no_studio).finish(artwork, ignore)

    assert state_of(sessions, artwork) is State.CANCELLED


def test_what_another_worker_has_taken_is_waited_for(
    atelier, artwork, screener, painter, engine
):
    def house():
        screener.screen_all()
        painter.paint_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(house)
        done = atelier.finish(artwork, ignore)

    assert done.state is State.PUBLISHED
    assert engine.decoded == ["a lake"]


def test_an_interrupt_cancels_the_picture(atelier, artwork, sessions, engine):
    def interrupt(event):
        if event.step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atelier.finish(artwork, interrupt)

    assert state_of(sessions, artwork) in {State.CANCELLED, State.PUBLISHED}
