"""A painter process."""

from vernissage.bootstrap.recovery import sweeper
from vernissage.services.generation import Painter
from vernissage.settings import Settings
from vernissage.worker.consumer import Shift
from vernissage.worker.queues import PAINTING


def work(settings: Settings, painter: Painter) -> int:
    """Let *painter* paint what waits; the exit status when told to end.

    The pictures in hand are then given back at once: the next painter begins them anew.
    """
    return Shift(
        settings=settings,
        room=PAINTING,
        sessions=painter.sessions,
        sweeper=sweeper(settings),
        work_all=painter.paint_all,
        stopping=painter.stopping,
    ).work()
