"""What can go wrong while cleaning.

* CleaningError
  * DestinationError
  * EngineError
  * PlanError
  * SourceError
"""


class CleaningError(Exception):
    """Base class of everything this package raises on purpose."""


class DestinationError(CleaningError):
    """The folder for the results cannot take them."""


class EngineError(CleaningError):
    """Nobody can do the work: no worker starts, or a package for it is missing."""


class PlanError(CleaningError):
    """A plan names an unknown filter or a threshold that makes no sense."""


class SourceError(CleaningError):
    """The source can't be read, or is not what it was."""
