import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from tests.factories import stored
from tests.journeys.site import clean_environment
from vernissage.db.artworks import Artworks
from vernissage.errors import EngineBroken
from vernissage.services.recovery import Sweeper
from vernissage.settings import Settings
from vernissage.states import State
from vernissage.worker.consumer import Worker
from vernissage.worker.queues import PAINTING

PATIENCE = 60
ROOT = Path(__file__).parents[3]


@pytest.fixture
def worker(sessions, notifier, clock, generator):
    sweeper = Sweeper(sessions=sessions, notifier=notifier, clock=clock, attempts=3)
    return Worker(
        settings=Settings(sweep_seconds=0.001),
        queue=PAINTING,
        sweeper=sweeper,
        process_all=generator.generate_all,
        stopping=generator.stopping,
    )


def states(sessions, artworks):
    with sessions() as session:
        return [Artworks(session)[artwork.id].state for artwork in artworks]


def test_one_notification_is_enough_for_everything_that_waits(worker, sessions):
    artworks = [stored(sessions, State.QUEUED) for _ in range(3)]

    worker.process()

    assert states(sessions, artworks) == [State.PUBLISHED] * 3


def test_a_process_that_stops_claims_nothing_more(worker, sessions):
    artwork = stored(sessions, State.QUEUED)
    worker.stopping.set()

    worker.process()

    assert states(sessions, [artwork]) == [State.QUEUED]


def test_a_broken_engine_ends_the_process_and_no_exception_does(worker):
    left = []

    def process_all():
        raise EngineBroken("in mid-picture")

    broken = replace(worker, process_all=process_all, leave=lambda: left.append(1))

    broken.process()

    assert left == [1]
    assert broken.stopping.is_set()
    assert broken.broken.is_set()


def test_a_second_thread_waits_for_the_first(worker):
    began = []

    def process_all():
        began.append(1)
        if len(began) == 1:
            second.start()
            time.sleep(0.05)
            assert len(began) == 1

    busy = replace(worker, process_all=process_all)
    second = Thread(target=busy.process)

    busy.process()
    second.join()

    assert len(began) == 2


def test_what_fails_is_tried_again_at_the_next_sweep(worker):
    tries = []

    def act():
        tries.append(1)
        if len(tries) == 3:
            worker.stopping.set()
        raise ConnectionError("the database is away")

    worker.repeat(act)

    assert len(tries) == 3


PROCESS = """
import sys
import time
from threading import Event
from vernissage import logs
from vernissage.db.migrate import upgrade
from vernissage.errors import EngineBroken
from vernissage.settings import Settings
from vernissage.worker.consumer import run_worker
from vernissage.worker.queues import PAINTING

def broken():
    raise EngineBroken

def busy_until_stopped():
    print("busy", flush=True)
    deadline = time.monotonic() + 60
    while not stopping.is_set():
        assert time.monotonic() < deadline
        time.sleep(0.01)

def idle():
    print("idle", flush=True)

stopping = Event()
logs.configure("WARNING")
settings = Settings.load()
upgrade(settings.database)
status = run_worker(settings, PAINTING, globals()[sys.argv[1]], stopping)
sys.exit(3 if status else 0)
"""


def started(home, process_all):
    """A worker process that calls *process_all*, and sweeps once in five minutes."""
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, process_all],
        env=clean_environment(
            PYTHONPATH=f"{ROOT / 'platform'}:{ROOT}",
            VERNISSAGE_HOME=str(home),
            VERNISSAGE_SWEEP_SECONDS="300",
        ),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_whose_engine_broke_ends_as_one_that_failed(tmp_path):
    with started(tmp_path, "broken") as process:
        assert process.wait(PATIENCE) == 3


@pytest.mark.parametrize("process_all", ["idle", "busy_until_stopped"])
def test_a_process_that_is_told_to_stop_does_so_at_once(tmp_path, process_all):
    with started(tmp_path, process_all) as process:
        assert process.stdout is not None
        assert process.stdout.readline() in {"idle\n", "busy\n"}

        process.terminate()

        assert process.wait(PATIENCE) == 0
    assert list((tmp_path / "notifications").iterdir()) == []


def test_a_process_that_is_told_to_stop_again_and_again_ends_without_an_error(tmp_path):
    with started(tmp_path, "idle") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "idle\n"

        deadline = time.monotonic() + PATIENCE
        while process.poll() is None:
            assert time.monotonic() < deadline
            process.terminate()
            time.sleep(0.001)

    # the second, once the interpreter has let go of its signal handlers
    assert process.returncode in {0, -signal.SIGTERM}
