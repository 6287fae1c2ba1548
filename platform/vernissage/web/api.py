"""The JSON side: submit, look, wait, call off."""

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

Said = TypeVar("Said", bound=BaseModel)

bp = Blueprint("api", __name__, url_prefix="/api/artworks")


class Wish(BaseModel):
    """What a visitor asks for; the flow judges whether it can be had."""

    model_config = ConfigDict(strict=True, extra="forbid")

    prompt: str
    aspect: str = "1:1"
    seed: int | None = None
    steps: int | None = None


class AppealRequest(BaseModel):
    """What an owner says for a work that was refused."""

    model_config = ConfigDict(strict=True, extra="forbid")

    words: str


@bp.post("")
def create() -> ResponseReturnValue:
    """Submit a prompt and say where to look."""
    wish = _read(Wish, request.get_json())
    artwork = current_services().submitter.submit(
        owner=ensure_visitor_id(), **wish.model_dump()
    )
    shown = own_view(artwork.id)
    place = url_for("api.show", artwork_id=artwork.id)
    return jsonify(asdict(shown)), HTTPStatus.CREATED, {"Location": place}


@bp.get("/<uuid:artwork_id>")
def show(artwork_id: UUID) -> ResponseReturnValue:
    """Tell where a work stands; `Prefer: wait=20` waits for news of it."""
    shown = own_view(artwork_id)
    known = request.if_none_match
    if (patience := _patience()) and tag(shown) in known:
        shown = _await_news(artwork_id, shown, known, patience)
    response = jsonify(asdict(shown))
    response.set_etag(tag(shown))
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@bp.post("/<uuid:artwork_id>/cancel")
def cancel(artwork_id: UUID) -> ResponseReturnValue:
    """Call a work off."""
    current_services().canceller.cancel(artwork_id, owner=visitor_id())
    return jsonify(asdict(own_view(artwork_id)))


@bp.post("/<uuid:artwork_id>/appeal")
def appeal(artwork_id: UUID) -> ResponseReturnValue:
    """Ask a person to look again at a refused work."""
    own_view(artwork_id)  # somebody else's work is none, whatever was sent
    said = _read(AppealRequest, request.get_json())
    current_services().appeals.make(artwork_id, owner=visitor_id(), words=said.words)
    return jsonify(asdict(own_view(artwork_id))), HTTPStatus.CREATED


def own_view(artwork_id: UUID) -> ArtworkView:
    """The placard of this visitor's own work, or NotFound."""
    services = current_services()
    with services.sessions() as session:
        artwork = Artworks(session).get_owned(artwork_id, visitor_id())
        return latest_view(session, artwork, services=services)


def tag(shown: ArtworkView) -> str:
    """The entity tag of *shown* in the language it is written in."""
    return f"{shown.version}-{language()}"


def _await_news(
    artwork_id: UUID, shown: ArtworkView, known: ETags, seconds: float
) -> ArtworkView:
    """The placard once it is not among the *known*, or after *seconds*.

    Without a free seat the answer comes at once, as if nobody had asked to wait.
    """
    slots: ConnectionSlots = current_app.extensions[WAITERS]
    try:
        slots.take(visitor_id())
    except NoSlotFree:
        return shown
    try:
        end = monotonic() + seconds
        while tag(shown) in known and monotonic() < end:
            sleep(POLL_SECONDS)
            shown = own_view(artwork_id)
        return shown
    finally:
        slots.leave(visitor_id())


def _patience() -> float:
    """Seconds that the client is prepared to wait (RFC 7240, section 4.3)."""
    for preference in request.headers.get("Prefer", "").split(","):
        name, _, value = preference.strip().partition("=")
        if name.strip().lower() == "wait" and value.strip().isdecimal():
            return min(float(value), LONGEST_WAIT)
    return 0.0


def _read(kind: type[Said], document: object) -> Said:
    """What *document* spells out, or BadInput naming its first fault."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(
            str(first["loc"][0]) if first["loc"] else "body",
            N_("The field %(name)s is missing, unknown or of the wrong type."),
            name=".".join(map(str, first["loc"])) or "body",
        ) from error
