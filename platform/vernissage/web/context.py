"""The visitor of a request, and the services of the application."""

from secrets import token_hex
from typing import cast

from flask import current_app, session

from vernissage.bootstrap.services import Services

KEY = "vernissage.services"
VISITOR = "visitor"


def current_services() -> Services:
    """The gallery behind the application that answers this request."""
    return cast("Services", current_app.extensions[KEY])


def visitor_id() -> str:
    """The owner name of this visitor; one that owns nothing for a stranger."""
    return str(session.get(VISITOR, ""))


def ensure_visitor_id() -> str:
    """The owner name of this visitor, who gets one for a year with the first work."""
    if VISITOR not in session:
        session[VISITOR] = token_hex(16)
        session.permanent = True
    return visitor_id()
