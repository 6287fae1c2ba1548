"""A generator process."""

from vernissage.bootstrap.workers import build_sweeper
from vernissage.services.generation import Generator
from vernissage.settings import Settings
from vernissage.worker.consumer import Shift
from vernissage.worker.queues import PAINTING


def work(settings: Settings, generator: Generator) -> int:
    """Let *generator* paint what waits; the exit status when told to end.

    The pictures in hand are then given back at once: the next one begins them anew.
    """
    return Shift(
        settings=settings,
        room=PAINTING,
        sessions=generator.sessions,
        sweeper=build_sweeper(settings),
        work_all=generator.generate_all,
        stopping=generator.stopping,
    ).work()
