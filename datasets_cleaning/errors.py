"""What can go wrong while cleaning.

* CleaningError
  * DestinationError
  * PlanError
  * SourceError
"""


class CleaningError(Exception):
    """Base class of everything this package raises on purpose."""


class DestinationError(CleaningError):
    """The folder for the results cannot take them."""


class PlanError(CleaningError):
    """A plan names an unknown filter or a threshold that makes no sense."""


class SourceError(CleaningError):
    """The source is neither a folder nor a tar that can be read."""
