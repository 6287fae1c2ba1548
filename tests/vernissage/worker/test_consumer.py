import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from tests.factories import stored
from vernissage.db.artworks import Artworks
from vernissage.errors import EngineBroken
from vernissage.services.recovery import Sweeper
from vernissage.settings import Settings
from vernissage.states import State
from vernissage.worker.consumer import Shift
from vernissage.worker.polling import Bell
from vernissage.worker.queues import PAINTING

PATIENCE = 60
ROOT = Path(__file__).parents[3]


@pytest.fixture
def shift(sessions, notifier, clock, generator):
    sweeper = Sweeper(sessions=sessions, notifier=notifier, clock=clock, attempts=3)
    return Shift(
        settings=Settings(),
        room=PAINTING,
        sessions=sessions,
        sweeper=sweeper,
        work_all=generator.generate_all,
        stopping=generator.stopping,
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
    notifier = Bell(lambda: rings.append(1))
    stored(sessions, State.QUEUED)
    shift = with_work(shift, notifier.ring)

    notifier.ring()
    shift.answer(notifier)

    assert rings == [1, 1]


def test_a_process_that_ends_takes_nothing_more(shift, sessions, silence):
    artwork = stored(sessions, State.QUEUED)
    shift.stopping.set()

    shift.answer(silence)

    assert states(sessions, [artwork]) == [State.QUEUED]


def test_a_broken_engine_ends_the_process_and_its_answer_quietly(shift, silence):
    left = []

    def work():
        raise EngineBroken("in mid-picture")

    broken = replace(shift, work_all=work, leave=lambda: left.append(1))

    broken.answer(silence)

    assert left == [1]
    assert broken.stopping.is_set()
    assert broken.broken.is_set()


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


BROKEN = """
import sys
from vernissage.bootstrap import components
from vernissage.bootstrap.workers import sweeper
from vernissage.db.migrate import upgrade
from vernissage.errors import EngineBroken
from vernissage.settings import Settings
from vernissage.worker.queues import PAINTING
from vernissage.worker.consumer import Shift
from threading import Event

def work_all():
    raise EngineBroken

settings = Settings.load()
sessions = components.sessions(settings)
upgrade(settings.database)
shift = Shift(settings=settings, room=PAINTING, sessions=sessions,
              sweeper=sweeper(settings), work_all=work_all, stopping=Event())
sys.exit(shift.work())
"""


def test_a_process_whose_engine_broke_ends_as_one_that_failed(tmp_path):
    environment = {
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
        "VERNISSAGE_HOME": str(tmp_path),
        "VERNISSAGE_SWEEP_SECONDS": "0.1",
    }

    ended = subprocess.run(
        [sys.executable, "-c", BROKEN], env=environment, timeout=PATIENCE, check=False
    )

    assert ended.returncode != 0


def with_work(shift, work):
    return replace(shift, work_all=work)
