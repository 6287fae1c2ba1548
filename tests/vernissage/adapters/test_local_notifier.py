"""A byte in a pipe wakes each idle worker of this machine, and blocks none."""

import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest
from structlog.testing import capture_logs

from vernissage.adapters.local_notifier import (
    BYTES_AT_ONCE,
    LocalNotifier,
    Subscription,
)
from vernissage.errors import SettingsError

PATIENCE = 60
ROOT = Path(__file__).parents[3]


@pytest.fixture
def notifier(tmp_path: Path) -> LocalNotifier:
    return LocalNotifier(tmp_path)


@pytest.mark.parametrize("queue", ["screening", "painting"])
def test_a_notification_wakes_whoever_waits(notifier, queue):
    with Subscription.open(notifier.folder, queue) as worker:
        thread = Thread(target=getattr(notifier, queue))
        thread.start()
        woken = worker.wait(PATIENCE)
        thread.join()

    assert woken


def test_a_notification_before_the_wait_is_not_lost(notifier):
    with Subscription.open(notifier.folder, "painting") as worker:
        notifier.painting()

        assert worker.wait(PATIENCE)


def test_many_notifications_wake_once(notifier):
    with Subscription.open(notifier.folder, "painting") as worker:
        for _ in range(3):
            notifier.painting()

        assert worker.wait(PATIENCE)
        assert not worker.wait(0)


def test_every_worker_of_a_queue_is_woken_and_no_other(notifier):
    with (
        Subscription.open(notifier.folder, "painting") as first,
        Subscription.open(notifier.folder, "painting") as second,
        Subscription.open(notifier.folder, "screening") as other,
    ):
        notifier.painting()

        woken = [worker.wait(0) for worker in (first, second, other)]

    assert woken == [True, True, False]


def test_a_worker_that_is_busy_for_long_blocks_nobody(notifier):
    with Subscription.open(notifier.folder, "painting") as worker:
        for _ in range(2 * BYTES_AT_ONCE):
            worker.wake()
        with capture_logs() as logged:
            notifier.painting()

        assert logged == []
        assert worker.wait(PATIENCE)


def test_a_worker_wakes_itself_too(tmp_path):
    with Subscription.open(tmp_path, "painting") as worker:
        worker.wake()

        assert worker.wait(PATIENCE)


def test_without_a_notification_the_wait_ends_in_time(tmp_path):
    with Subscription.open(tmp_path, "painting") as worker:
        began = monotonic()
        woken = worker.wait(0.05)

    assert not woken
    assert monotonic() - began >= 0.05


def test_without_workers_nothing_happens(tmp_path):
    with capture_logs() as logged:
        LocalNotifier(tmp_path / "none").painting()

    assert logged == []


def test_a_worker_that_stops_takes_its_pipe_away(tmp_path):
    with Subscription.open(tmp_path, "painting"):
        assert len(list(tmp_path.iterdir())) == 1

    assert list(tmp_path.iterdir()) == []


WORKER = """
import sys
from pathlib import Path
from vernissage.adapters.local_notifier import Subscription
with Subscription.open(Path(sys.argv[1]), "painting") as worker:
    print("ready", flush=True)
    worker.wait(60)
"""


def test_the_pipe_of_a_killed_worker_is_removed_and_the_others_are_woken(notifier):
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, notifier.folder],
        env={"PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "ready\n"
        victim.send_signal(signal.SIGKILL)
        victim.wait(PATIENCE)

    with Subscription.open(notifier.folder, "painting") as worker:
        assert len(list(notifier.folder.iterdir())) == 2

        notifier.painting()

        assert len(list(notifier.folder.iterdir())) == 1
        assert worker.wait(0)


def test_a_pipe_that_cannot_be_written_to_is_logged_and_the_others_are_woken(notifier):
    (notifier.folder / "painting-0").mkdir()
    with Subscription.open(notifier.folder, "painting") as worker:
        with capture_logs() as logged:
            notifier.painting()

        assert worker.wait(0)
    assert [entry["event"] for entry in logged] == ["notification_failed"]


def test_a_folder_without_pipes_is_one_clear_error(tmp_path):
    (tmp_path / "file").touch()

    with (
        pytest.raises(SettingsError, match="VERNISSAGE_BROKER_URL"),
        Subscription.open(tmp_path / "file", "painting"),
    ):
        pass
