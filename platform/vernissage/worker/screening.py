"""A screener process."""

from vernissage.bootstrap.workers import build_sweeper
from vernissage.services.screening import Screener
from vernissage.settings import Settings
from vernissage.worker.consumer import Shift
from vernissage.worker.queues import SCREENING


def work(settings: Settings, screener: Screener) -> int:
    """Let *screener* read what waits; the exit status when told to end.

    A prompt in hand is finished first: reading one takes no time.
    """
    return Shift(
        settings=settings,
        room=SCREENING,
        sessions=screener.sessions,
        sweeper=build_sweeper(settings),
        work_all=screener.screen_all,
        stopping=screener.stopping,
    ).work()
