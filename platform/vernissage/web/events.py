"""Server-sent events: the events of an artwork, replayed and then live."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from time import monotonic, sleep
from typing import Final
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    copy_current_request_context,
    current_app,
    request,
)
from flask.typing import ResponseReturnValue

from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.errors import BadInput
from vernissage.messages import N_
from vernissage.web.api import POLL_SECONDS
from vernissage.web.artwork_view import ArtworkView, latest_view, view_at
from vernissage.web.connection_slots import ConnectionSlots
from vernissage.web.context import current_services, visitor_id

WATCHERS: Final = "vernissage.watchers"
LONGEST: Final = 60.0
"""Seconds after which a stream ends; the browser comes back with Last-Event-ID."""
HEARTBEAT: Final = 3.0
"""Seconds of silence after which a comment tests whether the client still listens."""
LARGEST_ID: Final = 2**63 - 1

bp = Blueprint("events", __name__, url_prefix="/api/artworks")


@bp.get("/<uuid:artwork_id>/events")
def follow(artwork_id: UUID) -> ResponseReturnValue:
    """Stream the view at every event after the last one that the browser has."""
    owner, after = visitor_id(), _last_seen()
    with current_services().sessions() as session:
        Artworks(session).get_owned(artwork_id, owner)
    slots: ConnectionSlots = current_app.extensions[WATCHERS]
    slots.take(owner)
    # each look has the context of this request, and none is held in between
    views_after = copy_current_request_context(partial(_views, artwork_id))
    response = Response(_messages(views_after, after), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: slots.leave(owner))
    return response


def _messages(
    views_after: Callable[[int], list[ArtworkView]], after: int
) -> Iterator[str]:
    """Server-sent messages until the artwork is settled or the time is up."""
    yield "retry: 1000\n\n"
    end, version, sent_at = monotonic() + LONGEST, "", monotonic()
    while monotonic() < end:
        for view in views_after(after):
            if view.version != version:
                after, version, sent_at = view.event, view.version, monotonic()
                yield _message(view)
        if view.settled:
            return
        if monotonic() - sent_at > HEARTBEAT:
            sent_at = monotonic()
            yield ": still here\n\n"
        sleep(POLL_SECONDS)


def _views(artwork_id: UUID, after: int) -> list[ArtworkView]:
    """The views at the events that came *after*, or the latest view without any."""
    services = current_services()
    with services.sessions() as session:
        events = Events(session).after(artwork_id, after)
        # read after its events, and so never older than they are
        artwork = Artworks(session)[artwork_id]
        past = [
            view_at(session, artwork, services=services, event=event)
            for event in events
        ]
        return past or [latest_view(session, artwork, services=services)]


def _message(view: ArtworkView) -> str:
    return f"id: {view.event}\ndata: {json.dumps(asdict(view))}\n\n"


def _last_seen() -> int:
    """The id of the last event that the browser has, from the header or the address."""
    text = request.headers.get("Last-Event-ID") or request.args.get("after", "0")
    if not text.isdecimal() or not text.isascii() or int(text) > LARGEST_ID:
        raise BadInput(
            "Last-Event-ID",
            N_("The event must be a number, not %(said)s."),
            said=text,
        )
    return int(text)
