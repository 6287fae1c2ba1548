"""The view of an artwork: all that its owner may know of it, in their language."""

from dataclasses import dataclass
from io import BytesIO
from math import ceil
from typing import Final, Self

from flask import url_for
from PIL import Image
from sqlalchemy.orm import Session

from moderation import Gate
from vernissage.bootstrap.services import Services
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.errors import NotFound
from vernissage.messages import N_, refusal, state_label
from vernissage.models.artworks import Artwork, Event
from vernissage.reasons.statements import Statement
from vernissage.services.publishing import Publisher
from vernissage.states import FINAL, MOVES, State
from vernissage.web.explanations import (
    Advice,
    AppealStatus,
    DecisionSummary,
    Explanation,
    latest_refusal,
)
from vernissage.web.languages import gettext, ngettext

SETTLED: Final = FINAL | {State.IN_REVIEW, State.APPEALED}
"""States that no worker changes by itself, so no client needs to ask every second."""
CRISP: Final = 256
"""Pixels of the longer side up to which a picture is enlarged without smoothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The URL of a published picture and its size in pixels."""

    url: str
    width: int
    height: int
    crisp: bool

    @classmethod
    def of(cls, artwork: Artwork, publisher: Publisher) -> Self | None:
        """The picture of *artwork* while it is published."""
        if (png := publisher.public_picture(artwork)) is None:
            return None
        with Image.open(BytesIO(png), formats=("PNG",)) as image:
            width, height = image.size
        return cls(
            url=url_for("pages.picture", artwork_id=artwork.id),
            width=width,
            height=height,
            crisp=max(width, height) <= CRISP,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtworkView:
    """The state of an artwork, without scores and matched words."""

    id: str
    page: str
    prompt: str
    translation: str | None
    aspect: str
    seed: str
    state: str
    event: int
    label: str
    sentence: str
    place: int | None
    seconds_left: float | None
    step: int | None
    steps: int | None
    settled: bool
    cancellable: bool
    advice: list[Advice]
    reasons: DecisionSummary | None
    statement: Statement | None
    appeal: AppealStatus | None
    picture: Picture | None

    @property
    def version(self) -> str:
        """A tag that changes whenever the view does."""
        return f"{self.event}-{self.place or 0}"


def view_at(
    session: Session,
    artwork: Artwork,
    *,
    services: Services,
    event: Event,
) -> ArtworkView:
    """The view of *artwork* as it was at *event*."""
    artworks, state = Artworks(session), event.state
    waiting = state == artwork.state and state not in SETTLED
    place = artworks.position(artwork) if waiting else None
    seconds = artworks.seconds_left(artwork, services.clock()) if waiting else None
    explanation = Explanation.of(session, artwork, state, services)
    return ArtworkView(
        id=str(artwork.id),
        page=url_for("pages.show", artwork_id=artwork.id),
        prompt=artwork.prompt,
        translation=artwork.translation,
        aspect=artwork.aspect,
        seed=str(artwork.seed),
        state=state.value,
        event=event.id,
        label=gettext(state_label(state)),
        sentence=_sentence(artwork, event, place=place, seconds=seconds),
        place=place,
        seconds_left=seconds,
        step=event.step,
        steps=event.steps,
        settled=state in SETTLED,
        cancellable=State.CANCELLED in MOVES[state] and state == artwork.state,
        advice=explanation.advice,
        reasons=explanation.reasons,
        statement=explanation.statement,
        appeal=explanation.appeal,
        picture=Picture.of(artwork, services.publisher)
        if state is State.PUBLISHED
        else None,
    )


def latest_view(
    session: Session, artwork: Artwork, *, services: Services
) -> ArtworkView:
    """The view of *artwork* as it is."""
    event = Events(session).latest(artwork.id)
    if event is None:
        raise NotFound(f"nothing ever happened to artwork {artwork.id}")
    session.refresh(artwork)  # never older than its event
    return view_at(session, artwork, services=services, event=event)


_SENTENCES: Final = {
    State.SUBMITTED: N_("Your prompt is waiting to be checked."),
    State.SCREENING: N_("Your prompt is being checked."),
    State.QUEUED: N_("Your picture is waiting its turn."),
    State.PAINTING: N_("Your picture is being painted."),
    State.IN_REVIEW: N_(
        "The automatic check was not sure, so a reviewer will look at this picture"
        " before it is shown. You need not wait: this page updates by itself once there"
        " is a decision."
    ),
    State.APPEALED: N_(
        "You have appealed. This page updates by itself once there is an answer."
    ),
    State.PUBLISHED: N_("Your picture is ready."),
    State.FAILED: N_(
        "Painting failed several times. This is our fault, not your prompt's. Please"
        " try again."
    ),
    State.CANCELLED: N_("You cancelled this picture."),
}


def _sentence(
    artwork: Artwork, event: Event, *, place: int | None, seconds: float | None
) -> str:
    if event.state is State.REFUSED:
        found = latest_refusal(artwork)
        return gettext(refusal(Gate.HUMAN if found is None else found.decision.gate))
    sentences = [gettext(_SENTENCES[event.state])]
    if event.state is State.PAINTING and event.step is not None:
        sentences = [
            gettext("Step %(step)s of %(all)s.", step=event.step, all=event.steps)
        ]
    if place == 1:
        sentences.append(gettext("It is next."))
    elif place is not None:
        sentences.append(gettext("It is number %(place)s in the queue.", place=place))
    if seconds is not None:
        sentences.append(_time_left(ceil(seconds)))
    return " ".join(sentences)


def _time_left(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004  # a minute
        return ngettext(
            "About %(num)s second left.", "About %(num)s seconds left.", max(seconds, 1)
        )
    return ngettext(
        "About %(num)s minute left.", "About %(num)s minutes left.", ceil(seconds / 60)
    )
