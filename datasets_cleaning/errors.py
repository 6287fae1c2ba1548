"""Errors of cleaning.

* CleaningError
  * DestinationError
    * FullError
  * EngineError
    * LoadError
  * FatalError
    * FullError
    * LoadError
  * PlanError
  * SourceError
"""

from typing import ClassVar


class CleaningError(Exception):
    """Base class of everything this package raises on purpose."""


class DestinationError(CleaningError):
    """The folder for the results cannot take them."""


class EngineError(CleaningError):
    """No task can be run: no worker starts, or a package for it is missing."""


class FatalError(CleaningError):
    """A fault that stops one shard and would stop every other one.

    Its words begin with *opening*, so that it is known where it has come as text.
    """

    opening: ClassVar[str]

    def __init__(self, what: str) -> None:
        """Say *what* behind the opening."""
        super().__init__(f"{self.opening} {what}")

    @classmethod
    def from_text(cls, problem: str) -> "FatalError | None":
        """The error that *problem* are the words of, if it is one."""
        for kind in cls.__subclasses__():
            if problem.startswith(kind.opening):
                return kind(problem.removeprefix(kind.opening).lstrip())
        return None


class FullError(FatalError, DestinationError):
    """There is no room for the results."""

    opening = "no room for"


class LoadError(FatalError, EngineError):
    """A worker cannot load the models."""

    opening = "the models cannot be loaded:"


class PlanError(CleaningError):
    """A plan names an unknown filter or a threshold that makes no sense."""


class SourceError(CleaningError):
    """The source can't be read, or is not what it was."""
