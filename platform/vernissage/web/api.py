"""The JSON API: submit a prompt, read an artwork's state, wait, cancel, appeal."""

from dataclasses import asdict
from http import HTTPStatus
from time import monotonic, sleep
from typing import Final, TypeVar
from uuid import UUID

from flask import Blueprint, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.datastructures import ETags

from vernissage.db.artworks import Artworks
from vernissage.errors import BadInput
from vernissage.messages import N_
from vernissage.web.artwork_view import ArtworkView, latest_view
from vernissage.web.connection_slots import ConnectionSlots, NoSlotFree
from vernissage.web.context import current_services, ensure_visitor_id, visitor_id
from vernissage.web.languages import language

LONGEST_WAIT: Final = 25.0
POLL_SECONDS: Final = 0.2
"""Seconds between two looks into the database while a request waits."""
WAITERS: Final = "vernissage.waiters"

Body = TypeVar("Body", bound=BaseModel)

bp = Blueprint("api", __name__, url_prefix="/api/artworks")


class GenerationBody(BaseModel):
    """The body of a submission; limits are checked by `Submitter`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    prompt: str
    aspect: str = "1:1"
    seed: int | None = None
    steps: int | None = None


class AppealBody(BaseModel):
    """The body of an appeal against a refusal."""

    model_config = ConfigDict(strict=True, extra="forbid")

    words: str


@bp.post("")
def create() -> ResponseReturnValue:
    """Submit a prompt; 201 with the new artwork's view and its Location."""
    body = _parse(GenerationBody, request.get_json())
    artwork = current_services().submitter.submit(
        owner=ensure_visitor_id(), **body.model_dump()
    )
    view = own_view(artwork.id)
    location = url_for("api.show", artwork_id=artwork.id)
    return jsonify(asdict(view)), HTTPStatus.CREATED, {"Location": location}


@bp.get("/<uuid:artwork_id>")
def show(artwork_id: UUID) -> ResponseReturnValue:
    """The view of an artwork; `Prefer: wait=20` waits up to 20 s for a change of it."""
    view = own_view(artwork_id)
    known = request.if_none_match
    if (seconds := _requested_wait()) and tag(view) in known:
        view = _await_change(artwork_id, view, known, seconds)
    response = jsonify(asdict(view))
    response.set_etag(tag(view))
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@bp.post("/<uuid:artwork_id>/cancel")
def cancel(artwork_id: UUID) -> ResponseReturnValue:
    """Cancel an artwork."""
    current_services().canceller.cancel(artwork_id, owner=visitor_id())
    return jsonify(asdict(own_view(artwork_id)))


@bp.post("/<uuid:artwork_id>/appeal")
def appeal(artwork_id: UUID) -> ResponseReturnValue:
    """Appeal for a refused artwork."""
    own_view(artwork_id)  # somebody else's work is none, whatever was sent
    body = _parse(AppealBody, request.get_json())
    current_services().appeals.make(artwork_id, owner=visitor_id(), words=body.words)
    return jsonify(asdict(own_view(artwork_id))), HTTPStatus.CREATED


def own_view(artwork_id: UUID) -> ArtworkView:
    """The view of this visitor's own artwork, or NotFound."""
    services = current_services()
    with services.sessions() as session:
        artwork = Artworks(session).get_owned(artwork_id, visitor_id())
        return latest_view(session, artwork, services=services)


def tag(view: ArtworkView) -> str:
    """The entity tag of *view* in the language that it is written in."""
    return f"{view.version}-{language()}"


def _await_change(
    artwork_id: UUID, view: ArtworkView, known: ETags, seconds: float
) -> ArtworkView:
    """The view once its tag is not among the *known*, or after *seconds*.

    Without a free connection slot the answer comes at once, as if without `Prefer`.
    """
    slots: ConnectionSlots = current_app.extensions[WAITERS]
    try:
        slots.take(visitor_id())
    except NoSlotFree:
        return view
    try:
        end = monotonic() + seconds
        while tag(view) in known and monotonic() < end:
            sleep(POLL_SECONDS)
            view = own_view(artwork_id)
        return view
    finally:
        slots.leave(visitor_id())


def _requested_wait() -> float:
    """Seconds that the client is prepared to wait (RFC 7240, section 4.3)."""
    for preference in request.headers.get("Prefer", "").split(","):
        name, _, value = preference.strip().partition("=")
        if name.strip().lower() == "wait" and value.strip().isdecimal():
            return min(float(value), LONGEST_WAIT)
    return 0.0


def _parse(kind: type[Body], document: object) -> Body:
    """The *document* as a *kind*, or BadInput naming its first fault."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(
            str(first["loc"][0]) if first["loc"] else "body",
            N_("The field %(name)s is missing, unknown or of the wrong type."),
            name=".".join(map(str, first["loc"])) or "body",
        ) from error
