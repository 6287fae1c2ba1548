"""Error responses in one shape: problem+json for programs, a page for people."""

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
from vernissage.web.connection_slots import NoSlotFree
from vernissage.web.languages import gettext
from vernissage.web.security import CrossSite

PROGRAMS: Final = ("/api/", "/health/")

_TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "bad-input": (N_("Please correct this"), ""),
        "not-found": (
            N_("Not found"),
            N_("There is no such page or picture, or you have no access to it."),
        ),
        "not-allowed": (N_("Not allowed"), N_("Your account may not do this.")),
        "wrong-state": (
            N_("Too late"),
            N_(
                "The picture has changed in the meantime. Reload the page to see its"
                " state."
            ),
        ),
        "appealed-before": (
            N_("One appeal per picture"),
            N_(
                "You have already appealed this decision. The page of the picture"
                " shows how it stands."
            ),
        ),
        "appeal-too-late": (
            N_("Too late to appeal"),
            N_("The time in which you could appeal is over."),
        ),
        "own-refusal": (
            N_("Another reviewer has to answer"),
            N_("You refused this picture yourself, so another reviewer has to answer."),
        ),
        "too-many": (
            N_("Too many pictures at once"),
            N_(
                "You have as many pictures in progress as one may. Wait until one is"
                " ready."
            ),
        ),
        "too-fast": (
            N_("A little slower, please"),
            N_("Too many requests in a short time. Wait a minute and try again."),
        ),
        "too-many-connections": (
            N_("Too many connections"),
            N_("Too many pages are open at the same time. Try again in a moment."),
        ),
        "cross-site": (
            N_("Request from another site"),
            N_("This request came from another site. Open our page and try again."),
        ),
        "bad-request": (
            N_("Request not understood"),
            N_("The request must be JSON in UTF-8."),
        ),
        "request-entity-too-large": (
            N_("Too large"),
            N_("The request is larger than the limit of 64 kB."),
        ),
        "method-not-allowed": (
            N_("Method not allowed"),
            N_("This address does not support that method."),
        ),
        "unsupported-media-type": (
            N_("Request not understood"),
            N_("Send JSON, with Content-Type: application/json."),
        ),
        "service-unavailable": (
            N_("Not ready yet"),
            N_("The database cannot be reached or has not been migrated yet."),
        ),
        "internal": (
            N_("Something went wrong"),
            N_("This is our fault, and it has been logged. Please try again later."),
        ),
    }
)
_CODES: Final[Mapping[type[HTTPException], str]] = MappingProxyType(
    {
        CrossSite: "cross-site",
        RateLimitExceeded: "too-fast",
        NoSlotFree: "too-many-connections",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error for a client: a stable *code*, and texts in the visitor's language."""

    status: int
    code: str
    title: str
    detail: str
    field: str | None = None


def problem(error: Exception) -> Problem:
    """The *error* without internal details."""
    status, code = _status_and_code(error)
    title, detail = _TEXTS.get(
        code, _TEXTS["internal" if status >= _OURS else "bad-request"]
    )
    if isinstance(error, BadInput):
        detail = gettext(error.problem, **error.values)
        return _problem(status, code, title, detail, field=error.field)
    return _problem(status, code, title, gettext(detail))


def answer(error: Exception) -> Response:
    """The response to a request that ended in *error*."""
    details = problem(error)
    if request.path.startswith(PROGRAMS):
        fields = {k: v for k, v in asdict(details).items() if v is not None}
        response = jsonify({"type": "about:blank", **fields})
        response.mimetype = "application/problem+json"
    else:
        response = make_response(render_template("problem.html", problem=details))
    response.status_code = details.status
    if details.status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = _retry_after(error)
    return response


def register_error_handlers(app: Flask) -> None:
    """Register the one error response for every error of *app*."""
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
    return error.code, _CODES.get(type(error), phrase)


def _retry_after(error: Exception) -> str:
    if isinstance(error, RateLimitExceeded):
        return "60"
    return "5"
