"""A painter process."""

from dataclasses import replace
from threading import Event

from vernissage.assembly.sweeper import sweeper
from vernissage.flow.paint import Painter
from vernissage.settings import Settings
from vernissage.worker.interrupt import InterruptibleEngine
from vernissage.worker.rooms import PAINTING
from vernissage.worker.shift import Shift


def work(settings: Settings, painter: Painter) -> int:
    """Let *painter* paint what waits; the exit status when told to end.

    A picture in hand is then given back at once: the next painter begins it anew.
    """
    stopping = Event()
    engine = InterruptibleEngine(painter.engine, stopping)
    return Shift(
        settings=settings,
        room=PAINTING,
        sessions=painter.sessions,
        sweeper=sweeper(settings),
        work_next=replace(painter, engine=engine).paint_next,
        stopping=stopping,
    ).work()
