"""A painter process."""

from vernissage.assembly.sweeper import sweeper
from vernissage.flow.paint import Painter
from vernissage.settings import Settings
from vernissage.worker.rooms import PAINTING
from vernissage.worker.shift import Shift


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
