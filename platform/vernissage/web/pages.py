"""The public pages: form, progress, picture, appeal. They need no script."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue

from generation import ASPECTS
from vernissage.db.artworks import Artworks
from vernissage.errors import BadInput, NotFound, TooMany
from vernissage.messages import N_
from vernissage.models.artworks import Artwork
from vernissage.services.appeals import LONGEST
from vernissage.web.api import own_view
from vernissage.web.artwork_view import ArtworkView, latest_view
from vernissage.web.context import current_services, ensure_visitor_id, visitor_id
from vernissage.web.problems import Problem, problem

EXAMPLES: Final = {
    "en": (
        "a panda on a red background",
        "a strawberry on a blue background",
        "a mushroom on a grey background",
        "a chili pepper on a white background",
        "the earth on an orange background",
    ),
    "ru": (
        "арбуз на голубом фоне",
        "панда на жёлтом фоне",
        "помидор на фиолетовом фоне",
        "груша на синем фоне",
        "гитара на чёрном фоне",
    ),
}
"""Prompts that kandinsky-mini understands, in both languages."""
OWN_ARTWORKS: Final = 12
UNREAD: Final = "\ufffd"
"""A stand-in for bytes that are no text, which `Submitter` reports."""

bp = Blueprint("pages", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationForm:
    """The form as the visitor filled it in."""

    prompt: str = ""
    aspect: str = "1:1"
    seed: str = ""


@bp.get("/")
def index() -> ResponseReturnValue:
    """The form, and the visitor's artworks so far."""
    again = request.args.get("again", type=UUID)
    return _create_page(GenerationForm() if again is None else _form_again(again))


@bp.post("/artworks")
def create() -> ResponseReturnValue:
    """Submit the form, then redirect to the artwork's page."""
    fields = request.form if _is_readable(request.get_data()) else {"prompt": UNREAD}
    form = GenerationForm(
        prompt=fields.get("example") or fields.get("prompt", ""),
        aspect=fields.get("aspect", "1:1"),
        seed=fields.get("seed", "").strip(),
    )
    try:
        artwork = current_services().submitter.submit(
            prompt=form.prompt,
            aspect=form.aspect,
            owner=ensure_visitor_id(),
            seed=_seed(form.seed),
        )
    except (BadInput, TooMany) as error:
        return _create_page(form, problem(error)), error.status
    return redirect(url_for("pages.show", artwork_id=artwork.id), HTTPStatus.SEE_OTHER)


@bp.get("/artworks/<uuid:artwork_id>")
def show(artwork_id: UUID) -> ResponseReturnValue:
    """One artwork and its progress."""
    return _artwork_page(artwork_id)


@bp.post("/artworks/<uuid:artwork_id>/cancel")
def cancel(artwork_id: UUID) -> ResponseReturnValue:
    """Cancel an artwork."""
    current_services().canceller.cancel(artwork_id, owner=visitor_id())
    return redirect(url_for("pages.show", artwork_id=artwork_id), HTTPStatus.SEE_OTHER)


@bp.post("/artworks/<uuid:artwork_id>/appeal")
def appeal(artwork_id: UUID) -> ResponseReturnValue:
    """Appeal for a refused artwork."""
    text = request.form.get("words", "")
    try:
        current_services().appeals.make(artwork_id, owner=visitor_id(), words=text)
    except BadInput as error:
        return _artwork_page(artwork_id, text, problem(error)), error.status
    return redirect(url_for("pages.show", artwork_id=artwork_id), HTTPStatus.SEE_OTHER)


@bp.get("/artworks/<uuid:artwork_id>/picture.png")
def picture(artwork_id: UUID) -> ResponseReturnValue:
    """The published picture, for its owner."""
    services = current_services()
    with services.sessions() as session:
        artwork = Artworks(session).get_owned(artwork_id, visitor_id())
    return png(services.publisher.public_picture(artwork))


@bp.get("/favicon.ico")
def favicon() -> Response:
    """The icon that browsers ask for unprompted."""
    return send_from_directory(f"{bp.root_path}/static", "favicon.svg")


def png(content: bytes | None) -> Response:
    """The PNG response with *content*, or NotFound."""
    if content is None:
        raise NotFound("there is no such picture to show")
    response = Response(content, mimetype="image/png")
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _artwork_page(
    artwork_id: UUID, text: str = "", error: Problem | None = None
) -> str:
    return render_template(
        "artwork.html",
        artwork=own_view(artwork_id),
        appeal_text=text,
        error=error,
        longest_appeal=LONGEST,
    )


def _create_page(form: GenerationForm, error: Problem | None = None) -> str:
    return render_template(
        "create.html",
        form=form,
        error=error,
        aspects=ASPECTS,
        examples=EXAMPLES,
        artworks=_own_artworks(),
        mini=current_services().settings.weights is None,
        longest=current_services().settings.longest_prompt,
    )


def _own_artworks() -> list[ArtworkView]:
    services, owner = current_services(), visitor_id()
    if not owner:
        return []
    with services.sessions() as session:
        return [
            latest_view(session, artwork, services=services)
            for artwork in Artworks(session).of_owner(owner, limit=OWN_ARTWORKS)
        ]


def _form_again(artwork_id: UUID) -> GenerationForm:
    """The form with the prompt and aspect of this visitor's artwork *artwork_id*."""
    with current_services().sessions() as session:
        artwork: Artwork = Artworks(session).get_owned(artwork_id, visitor_id())
    return GenerationForm(prompt=artwork.prompt, aspect=artwork.aspect)


def _is_readable(body: bytes) -> bool:
    """Whether *body* is UTF-8, its percent signs too, which the parser lets pass."""
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        return False
    return True


def _seed(written: str) -> int | None:
    """The number that was *written*; None for an empty field."""
    if not written:
        return None
    try:
        return int(written[:_DIGITS])
    except ValueError as error:
        problem = N_("The seed must be a whole number, not %(seed)s.")
        raise BadInput("seed", problem, seed=written[:_DIGITS]) from error


_DIGITS: Final = 32
"""More digits than any seed has: int() is slow over thousands of them."""
