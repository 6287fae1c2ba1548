"""The sweep for expired leases and missed notifications, for any long-lived process."""

from vernissage.bootstrap import components
from vernissage.services.recovery import Sweeper
from vernissage.settings import Settings


def sweeper(settings: Settings) -> Sweeper:
    """The sweeper that *settings* describe."""
    return Sweeper(
        sessions=components.sessions(settings),
        notifier=components.notifier(settings),
        clock=components.now,
        attempts=settings.attempts,
    )
