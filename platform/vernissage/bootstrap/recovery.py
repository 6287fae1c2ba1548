"""What looks for lost leases and missed bells; any long-lived process may run it."""

from vernissage.bootstrap import components
from vernissage.services.recovery import Sweeper
from vernissage.settings import Settings


def sweeper(settings: Settings) -> Sweeper:
    """The sweeper that *settings* describe."""
    return Sweeper(
        sessions=components.sessions(settings),
        bell=components.bell(settings),
        clock=components.now,
        attempts=settings.attempts,
    )
