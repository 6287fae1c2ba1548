"""What looks for lost leases and missed bells; any long-lived process may run it."""

from vernissage.assembly import parts
from vernissage.flow.sweep import Sweeper
from vernissage.settings import Settings


def sweeper(settings: Settings) -> Sweeper:
    """The sweeper that *settings* describe."""
    return Sweeper(
        sessions=parts.sessions(settings),
        bell=parts.bell(settings),
        clock=parts.now,
        attempts=settings.attempts,
    )
