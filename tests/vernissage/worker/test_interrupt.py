from threading import Event

import pytest

from tests.factories import stored
from tests.fakes import PlainEngine
from vernissage.db.catalogue import Artworks
from vernissage.lifecycle import State
from vernissage.worker.interrupt import Interrupted, InterruptibleEngine


@pytest.fixture
def stopping() -> Event:
    return Event()


@pytest.fixture
def interruptible(engine: PlainEngine, stopping: Event) -> InterruptibleEngine:
    return InterruptibleEngine(engine, stopping)


def painted(interruptible):
    recipe = interruptible.recipe(seed=1, aspect="1:1", steps=3)
    embedding = interruptible.prior("a lake", recipe)
    done = []
    interruptible.decoder("a lake", embedding, recipe, lambda *at: done.append(at))
    return done


def test_nothing_changes_until_the_process_is_told_to_end(interruptible, engine):
    done = painted(interruptible)

    assert done
    assert engine.decoded == ["a lake"]
    assert interruptible.model == engine.model


def test_a_process_that_ends_begins_nothing(interruptible, stopping, engine):
    stopping.set()

    with pytest.raises(Interrupted):
        painted(interruptible)

    assert engine.imagined == []


def test_a_picture_in_hand_is_put_down_between_two_steps(
    interruptible, stopping, engine
):
    engine.meanwhile = lambda *_: stopping.set()

    with pytest.raises(Interrupted):
        painted(interruptible)


def test_what_was_put_down_waits_again_and_lost_no_attempt(painter, sessions):
    painter.engine.meanwhile = interrupt
    artwork = stored(sessions, State.QUEUED)

    with pytest.raises(Interrupted):
        painter.paint_next()

    with sessions() as session:
        given_back = Artworks(session)[artwork.id]
    assert (given_back.state, given_back.attempt) == (State.QUEUED, 0)


def interrupt(*_: int) -> None:
    raise Interrupted
