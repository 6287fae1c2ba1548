"""Review pages for hash lists, for administrators: import, switch off, remove."""

from http import HTTPStatus
from typing import Final

import structlog
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from moderation import Category
from moderation.image.hash_lists import Flaw
from vernissage.db.hash_lists import HashLists
from vernissage.errors import BadInput, NotAllowed
from vernissage.messages import N_
from vernissage.models.accounts import ADMIN
from vernissage.services.hash_lists import RejectedList
from vernissage.web.auth import require_reviewer, reviewer
from vernissage.web.context import current_services
from vernissage.web.review_forms import actor

log = structlog.get_logger()

LARGEST: Final = 16 * 2**20
"""Bytes of a list that a browser sends; longer ones are for the command line."""
SHOWN: Final = 200
"""Malformed lines that a page names; it gives the number of the others."""
FLAWS: Final = {
    Flaw.HASH: N_("the hash must be 64 hexadecimal digits, not “%(shown)s”"),
    Flaw.KIND: N_("the kind must be pdq or sha256, not “%(shown)s”"),
    Flaw.FIELDS: N_("the line has %(shown)s fields, not as many as the first"),
    Flaw.NO_HASHES: N_("there is no column “hash”, only: %(shown)s"),
    Flaw.NO_KINDS: N_(
        "there is no column “kind”, and PDQ and SHA-256 hashes look alike"
    ),
    Flaw.UNREADABLE: N_("the line is not CSV"),
}
"""The faults of a line of a list whose lines name their kind."""

bp = Blueprint("hash_lists", __name__, url_prefix="/desk/lists")


@bp.before_request
def require_administrator() -> ResponseReturnValue | None:
    """Redirect to sign-in without a visit; NotAllowed for a reviewer."""
    response = require_reviewer()
    account = reviewer()
    if response is None and (
        account is None or ADMIN not in {role.name for role in account.roles}
    ):
        raise NotAllowed("only administrators manage the lists of banned pictures")
    return response


@bp.get("")
def show() -> ResponseReturnValue:
    """The lists, and the form for another one."""
    return _page(None)


@bp.post("")
def add() -> ResponseReturnValue:
    """Import a list, or name every malformed line of it."""
    request.max_content_length = LARGEST
    try:
        file = request.files.get("file")
    except RequestEntityTooLarge as error:
        text = N_("A list uploaded in the browser may have at most %(most)s MB.")
        raise BadInput("file", text, most=LARGEST >> 20) from error
    wanted = request.form.get("category", "")
    if wanted not in set(Category):
        raise BadInput("category", N_("There is no category “%(said)s”."), said=wanted)
    answer = current_services().hash_lists.add(
        b"" if file is None else file.read(),
        name=request.form.get("name", ""),
        category=Category(wanted),
        actor=actor(),
    )
    if isinstance(answer, RejectedList):
        return _page(answer), HTTPStatus.UNPROCESSABLE_ENTITY
    log.info("hash_list_added", list=answer.id, count=answer.count, by=actor())
    return _redirect()


@bp.post("/<int:list_id>/state")
def switch(list_id: int) -> ResponseReturnValue:
    """Make a list active or inactive."""
    active = request.form.get("active") == "yes"
    current_services().hash_lists.switch(list_id, active=active)
    log.info("hash_list_switched", list=list_id, active=active, by=actor())
    return _redirect()


@bp.post("/<int:list_id>/removal")
def remove(list_id: int) -> ResponseReturnValue:
    """Remove a list and all its entries."""
    current_services().hash_lists.remove(list_id)
    log.info("hash_list_removed", list=list_id, by=actor())
    return _redirect()


def _page(malformed: RejectedList | None) -> str:
    with current_services().sessions() as session:
        lists = HashLists(session).all()
    lines = () if malformed is None else malformed.lines
    return render_template(
        "hash_lists.html",
        lists=lists,
        categories=list(Category),
        malformed=lines[:SHOWN],
        more=max(0, len(lines) - SHOWN),
        flaws=FLAWS,
        megabytes=LARGEST >> 20,
    )


def _redirect() -> ResponseReturnValue:
    return redirect(url_for("hash_lists.show"), HTTPStatus.SEE_OTHER)
