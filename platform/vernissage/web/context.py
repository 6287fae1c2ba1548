"""The visitor and the services of the current request."""

from secrets import token_hex
from typing import cast

from flask import current_app, session

from vernissage.bootstrap.services import Services

KEY = "vernissage.services"
VISITOR = "visitor"


def current_services() -> Services:
    """The services behind the application that answers this request."""
    return cast("Services", current_app.extensions[KEY])


def visitor_id() -> str:
    """The owner name of this visitor; empty, and owner of nothing, without a cookie."""
    return str(session.get(VISITOR, ""))


def ensure_visitor_id() -> str:
    """The owner name of this visitor, given for a year with the first artwork."""
    if VISITOR not in session:
        session[VISITOR] = token_hex(16)
        session.permanent = True
    return visitor_id()
