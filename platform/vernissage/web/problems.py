"""Every failure in one shape: problem+json for programs, a page for people."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from vernissage.errors import BadInput, VernissageError
from vernissage.messages import N_
from vernissage.web.connection_slots import NoSeat
from vernissage.web.languages import gettext
from vernissage.web.security import CrossSite

PROGRAMS: Final = ("/api/", "/health/")

_SAID: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "bad-input": (N_("This cannot be painted as asked"), ""),
        "not-found": (
            N_("Nothing hangs here"),
            N_("There is no such page or work, or it is not yours to see."),
        ),
        "not-allowed": (N_("Not allowed"), N_("Your account may not do this.")),
        "wrong-state": (
            N_("Too late"),
            N_("The work has moved on in the meantime. Reload to see where it stands."),
        ),
        "appealed-before": (
            N_("One appeal for each work"),
            N_("You have appealed for this work already. Its page says how it stands."),
        ),
        "own-refusal": (
            N_("Somebody else has to answer"),
            N_("You refused this work yourself, so another reviewer answers."),
        ),
        "too-many": (
            N_("Enough for now"),
            N_("You have as many works under way as one may. Wait until one is done."),
        ),
        "too-fast": (
            N_("A little slower, please"),
            N_("That was too often in a short time. Wait a minute and try again."),
        ),
        "no-seat": (
            N_("All seats are taken"),
            N_("Too many pages are watching at once. Ask again in a moment."),
        ),
        "cross-site": (
            N_("Not from here"),
            N_("Another site sent this request. Open our own page and try again."),
        ),
        "bad-request": (
            N_("Not understood"),
            N_("The request is not written the way we can read: JSON in UTF-8."),
        ),
        "request-entity-too-large": (
            N_("Too large"),
            N_("The request is larger than the 64 kB that we read."),
        ),
        "method-not-allowed": (
            N_("Not this way"),
            N_("This address does not answer to that method."),
        ),
        "unsupported-media-type": (
            N_("Not understood"),
            N_("Send JSON, with Content-Type: application/json."),
        ),
        "service-unavailable": (
            N_("Not ready"),
            N_("The database cannot be reached, or it is not migrated yet."),
        ),
        "internal": (
            N_("Something broke"),
            N_("The fault is ours and has been written down. Please try again later."),
        ),
    }
)
_NAMED: Final[Mapping[type[HTTPException], str]] = MappingProxyType(
    {CrossSite: "cross-site", RateLimitExceeded: "too-fast", NoSeat: "no-seat"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong: a stable *code*, and words in the visitor's language."""

    status: int
    code: str
    title: str
    detail: str
    field: str | None = None


def problem(error: Exception) -> Problem:
    """The *error* as outsiders may know it."""
    status, code = _status_and_code(error)
    title, detail = _SAID.get(
        code, _SAID["internal" if status >= _OURS else "bad-request"]
    )
    if isinstance(error, BadInput):
        detail = gettext(error.problem, **error.values)
        return _problem(status, code, title, detail, field=error.field)
    return _problem(status, code, title, gettext(detail))


def answer(error: Exception) -> Response:
    """The response to a request that ended in *error*."""
    told = problem(error)
    if request.path.startswith(PROGRAMS):
        facts = {k: v for k, v in asdict(told).items() if v is not None}
        response = jsonify({"type": "about:blank", **facts})
        response.mimetype = "application/problem+json"
    else:
        response = make_response(render_template("problem.html", problem=told))
    response.status_code = told.status
    if told.status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = _patience(error)
    return response


def catch(app: Flask) -> None:
    """Answer every failure of *app* in the one shape."""
    app.register_error_handler(VernissageError, answer)
    app.register_error_handler(HTTPException, answer)


_OURS: Final = HTTPStatus.INTERNAL_SERVER_ERROR


def _problem(
    status: int, code: str, title: str, detail: str, field: str | None = None
) -> Problem:
    return Problem(
        status=status, code=code, title=gettext(title), detail=detail, field=field
    )


def _status_and_code(error: Exception) -> tuple[int, str]:
    if isinstance(error, VernissageError):
        return error.status, error.code
    if not isinstance(error, HTTPException) or error.code in {None, _OURS}:
        return _OURS, "internal"
    phrase = HTTPStatus(error.code).name.lower().replace("_", "-")
    return error.code, _NAMED.get(type(error), phrase)


def _patience(error: Exception) -> str:
    if isinstance(error, RateLimitExceeded):
        return "60"
    return "5"
