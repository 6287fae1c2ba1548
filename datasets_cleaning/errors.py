"""What can go wrong while cleaning.

* CleaningError
  * DestinationError
    * FullError
  * EngineError
  * PlanError
  * SourceError
"""

from typing import Final

NO_ROOM: Final = "no room for"
"""How a FullError begins, so that it is known where a problem has come as text."""


class CleaningError(Exception):
    """Base class of everything this package raises on purpose."""


class DestinationError(CleaningError):
    """The folder for the results cannot take them."""


class FullError(DestinationError):
    """There is no room for the results: no other shard would have any either."""


class EngineError(CleaningError):
    """Nobody can do the work: no worker starts, or a package for it is missing."""


class PlanError(CleaningError):
    """A plan names an unknown filter or a threshold that makes no sense."""


class SourceError(CleaningError):
    """The source can't be read, or is not what it was."""
