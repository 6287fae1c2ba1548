import time
from threading import Thread

import pytest

from tests.factories import stored
from vernissage.db.catalogue import Artworks
from vernissage.flow.sweep import Sweeper
from vernissage.lifecycle import State
from vernissage.settings import Settings
from vernissage.worker.interrupt import Interrupted
from vernissage.worker.rooms import PAINTING
from vernissage.worker.shift import Shift
from vernissage.worker.watch import Bell


@pytest.fixture
def shift(sessions, bell, clock, painter):
    sweeper = Sweeper(sessions=sessions, bell=bell, clock=clock, attempts=3)
    return Shift(
        settings=Settings(),
        room=PAINTING,
        sessions=sessions,
        sweeper=sweeper,
        work_next=painter.paint_next,
    )


@pytest.fixture
def silence() -> Bell:
    return Bell(list)


def states(sessions, artworks):
    with sessions() as session:
        return [Artworks(session)[artwork.id].state for artwork in artworks]


def test_one_ring_is_enough_for_everything_that_waits(shift, sessions, silence):
    artworks = [stored(sessions, State.QUEUED) for _ in range(3)]

    shift.answer(silence)

    assert states(sessions, artworks) == [State.PUBLISHED] * 3


def test_a_ring_while_working_is_heard_afterwards(shift, sessions):
    rings = []
    bell = Bell(lambda: rings.append(1))
    stored(sessions, State.QUEUED)
    shift = with_work(shift, bell.ring)  # None: nothing more waits

    bell.ring()
    shift.answer(bell)

    assert rings == [1, 1]


def test_a_process_that_ends_takes_nothing_more(shift, sessions, silence):
    artwork = stored(sessions, State.QUEUED)
    shift.stopping.set()

    shift.answer(silence)

    assert states(sessions, [artwork]) == [State.QUEUED]


def test_an_interrupted_work_ends_the_answer_quietly(shift, silence):
    def work():
        raise Interrupted

    with_work(shift, work).answer(silence)


def test_whoever_answers_second_waits_for_the_first(shift, silence):
    at_work = []

    def work():
        at_work.append(1)
        if len(at_work) == 1:
            second.start()
            time.sleep(0.05)
            assert len(at_work) == 1

    busy = with_work(shift, work)
    second = Thread(target=busy.answer, args=(silence,))

    busy.answer(silence)
    second.join()

    assert len(at_work) == 2


def test_a_round_that_fails_is_tried_again(shift):
    tries = []

    def act():
        tries.append(1)
        if len(tries) == 3:
            shift.stopping.set()
        raise ConnectionError("the database is away")

    shift.every(0.001, act)

    assert len(tries) == 3


def with_work(shift, work):
    return Shift(
        settings=shift.settings,
        room=shift.room,
        sessions=shift.sessions,
        sweeper=shift.sweeper,
        work_next=work,
    )
