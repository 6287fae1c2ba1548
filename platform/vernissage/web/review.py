"""Review pages: the queue of borderline artworks, one case, and what is published."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Final, Self
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation import Outcome
from vernissage.db import review_queue
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.review_queue import Order
from vernissage.errors import NotFound
from vernissage.models.artworks import Artwork, Decision
from vernissage.states import State
from vernissage.web.auth import require_reviewer
from vernissage.web.context import current_services
from vernissage.web.pages import png
from vernissage.web.review_forms import actor, back, chosen, note

PAGE_SIZE: Final = 24
OUTCOMES: Final = {o.label: o for o in (Outcome.ALLOW, Outcome.REFUSE)}
FAILURES_SHOWN: Final = timedelta(days=1)
"""The span for which the queue lists gates that could not judge."""

bp = Blueprint("review", __name__, url_prefix="/desk")
bp.before_request(require_reviewer)


@dataclass(frozen=True, slots=True)
class Case:
    """An artwork and all decisions on it, oldest first."""

    artwork: Artwork
    decisions: tuple[Decision, ...]

    @classmethod
    def of(cls, artwork: Artwork) -> Self:
        """The case of *artwork*, whose session is still open."""
        return cls(artwork, tuple(artwork.decisions))

    @property
    def open(self) -> bool:
        """Whether a reviewer can decide now."""
        return self.artwork.state in {State.IN_REVIEW, State.PUBLISHED}


@bp.get("")
def queue() -> ResponseReturnValue:
    """A page of artworks in review, in the order that was asked for."""
    wanted = request.args.get("order", Order.AGE)
    order = Order(wanted) if wanted in set(Order) else Order.AGE
    asked = request.args.get("page", 1, type=int)
    with current_services().sessions() as session:
        total = review_queue.count(session)
        last = max(1, ceil(total / PAGE_SIZE))
        page = max(1, min(asked, last))  # others may have emptied the last ones
        artworks = review_queue.waiting(
            session, order, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
        )
        cases = [Case.of(artwork) for artwork in artworks]
        failures = Decisions(session).failures_since(
            current_services().clock() - FAILURES_SHOWN
        )
    return render_template(
        "review_queue.html",
        cases=cases,
        total=total,
        order=order,
        page=page,
        last=last,
        failures=failures,
    )


@bp.get("/shown")
def published() -> ResponseReturnValue:
    """The published artworks, newest first, which can be taken down."""
    page = request.args.get("page", 1, type=int)
    offset = (max(1, min(page, 10_000)) - 1) * PAGE_SIZE
    with current_services().sessions() as session:
        artworks = Artworks(session).published(limit=PAGE_SIZE + 1, offset=offset)
    return render_template(
        "published.html",
        artworks=artworks[:PAGE_SIZE],
        page=page,
        more=len(artworks) > PAGE_SIZE,
    )


@bp.get("/artworks/<uuid:artwork_id>")
def case(artwork_id: UUID) -> ResponseReturnValue:
    """One artwork with every decision on it."""
    with current_services().sessions() as session:
        found = Case.of(Artworks(session)[artwork_id])
    return render_template("review_case.html", case=found)


@bp.get("/artworks/<uuid:artwork_id>/picture.png")
def picture(artwork_id: UUID) -> ResponseReturnValue:
    """The picture, quarantined or not."""
    services = current_services()
    with services.sessions() as session:
        key = Artworks(session)[artwork_id].picture
    if key is None:
        raise NotFound(f"artwork {artwork_id} has no picture")
    return png(services.storage.quarantined(key) or services.storage.public(key))


@bp.post("/artworks/<uuid:artwork_id>/decision")
def decide(artwork_id: UUID) -> ResponseReturnValue:
    """Publish or refuse the artwork, on record with the reviewer's name."""
    current_services().reviewer.decide(
        artwork_id,
        outcome=chosen("outcome", OUTCOMES),
        actor=actor(),
        note=note(),
    )
    return back(url_for("review.queue"))
