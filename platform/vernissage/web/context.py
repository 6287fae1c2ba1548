"""Who stands at the door, and which house it is."""

from secrets import token_hex
from typing import cast

from flask import current_app, session

from vernissage.bootstrap.services import Gallery

KEY = "vernissage.gallery"
VISITOR = "visitor"


def gallery() -> Gallery:
    """The gallery behind the application that answers this request."""
    return cast("Gallery", current_app.extensions[KEY])


def visitor() -> str:
    """The owner name of this visitor; one that owns nothing for a stranger."""
    return str(session.get(VISITOR, ""))


def welcome() -> str:
    """The owner name of this visitor, who gets one for a year with the first work."""
    if VISITOR not in session:
        session[VISITOR] = token_hex(16)
        session.permanent = True
    return visitor()
