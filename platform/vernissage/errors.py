"""The errors of the platform, and how each looks from outside.

* VernissageError
  * NotFound
  * NotAllowed
  * WrongState
    * AppealedBefore
    * AppealTooLate
    * OwnRefusal
  * BadInput
  * TooMany
  * Cancelled
  * EngineBroken
  * SettingsError
"""

from http import HTTPStatus
from typing import ClassVar


class VernissageError(Exception):
    """Base class; carries the status and code that HTTP and command line report."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: ClassVar[str] = "internal"


class NotFound(VernissageError):  # noqa: N818  # reads as what it is
    """No such artwork, for this caller."""

    status = HTTPStatus.NOT_FOUND
    code = "not-found"


class NotAllowed(VernissageError):  # noqa: N818
    """The caller may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "not-allowed"


class WrongState(VernissageError):  # noqa: N818
    """The artwork is not in a state that permits this step."""

    status = HTTPStatus.CONFLICT
    code = "wrong-state"


class AppealedBefore(WrongState):
    """The owner has appealed for this artwork before; one appeal is allowed."""

    code = "appealed-before"


class AppealTooLate(WrongState):
    """The time in which the owner might appeal is over."""

    code = "appeal-too-late"


class OwnRefusal(WrongState):
    """The reviewer who refused an artwork may not answer the appeal for it."""

    code = "own-refusal"


class BadInput(VernissageError):  # noqa: N818
    """A request cannot be fulfilled as asked; *field* names the culprit."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad-input"

    def __init__(self, field: str, problem: str, **values: object) -> None:
        """*problem* is a message with ``%(name)s`` places for *values*."""
        super().__init__(problem % values if values else problem)
        self.field, self.problem, self.values = field, problem, values


class TooMany(VernissageError):  # noqa: N818
    """The owner already has as many artworks in progress as one may."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too-many"


class Cancelled(VernissageError):  # noqa: N818
    """The lease is gone: the owner cancelled, or another worker took over."""

    status = HTTPStatus.CONFLICT
    code = "cancelled"


class EngineBroken(VernissageError):  # noqa: N818
    """The engine failed as a whole; only another process can begin anew."""


class SettingsError(VernissageError):
    """The settings do not describe a site that can run."""
