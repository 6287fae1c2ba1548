"""Language of a request: the visitor's choice, else the browser's preference."""

from datetime import datetime, timedelta
from typing import Any

import flask_babel  # type: ignore[import-untyped]  # it ships no types
from flask import Blueprint, Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue

from vernissage.errors import BadInput
from vernissage.messages import DOMAIN, LANGUAGES, LOCALE, N_

COOKIE = "language"
YEAR = timedelta(days=365)

bp = Blueprint("languages", __name__)


def chosen() -> str:
    """The code of the language that this request is answered in."""
    wanted = request.cookies.get(COOKIE, "")
    if wanted in LANGUAGES:
        return wanted
    return request.accept_languages.best_match(LANGUAGES) or "en"


def language() -> str:
    """The code of the language in force."""
    return str(flask_babel.get_locale())


def gettext(message: str, **values: Any) -> str:
    """The *message* in the language in force, with its *values* in their places."""
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, many: str, number: int) -> str:
    """The form of *one* or *many* that the language has for *number*."""
    return str(flask_babel.ngettext(one, many, number))


def format_day(moment: datetime) -> str:
    """The day of *moment* as the language in force writes it out."""
    return str(flask_babel.format_date(moment, "long"))


def init_languages(app: Flask) -> None:
    """Give *app* the catalogues and the choice of the language."""
    flask_babel.Babel(
        app,
        default_domain=DOMAIN,
        default_translation_directories=str(LOCALE),
        locale_selector=chosen,
    )


@bp.post("/language")
def choose() -> ResponseReturnValue:
    """Set the language cookie and go back to the page."""
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        raise BadInput(
            "language", N_("There is no language %(language)s here."), language=wanted
        )
    response = redirect(local_path(request.form.get("next", "/")), 303)
    response.set_cookie(
        COOKIE,
        wanted,
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def local_path(path: str) -> str:
    """The *path* if it leads to a page of this site, else the front page."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and path.isprintable() else "/"
