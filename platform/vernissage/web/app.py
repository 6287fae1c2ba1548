"""Assemble the Flask application."""

from datetime import timedelta
from traceback import format_tb
from typing import Any, Final

import structlog
from flask import Flask, request
from flask_security import current_user

from vernissage.bootstrap.data_dir import secret_key
from vernissage.bootstrap.services import Gallery
from vernissage.messages import (
    LANGUAGES,
    category_label,
    decider,
    gate_label,
    judged_label,
    outcome_label,
    state_label,
)
from vernissage.settings import Settings
from vernissage.web import (
    api,
    appeals,
    auth,
    cleaning,
    cleaning_review,
    decisions,
    events,
    hash_lists,
    health,
    languages,
    pages,
    review,
)
from vernissage.web.accounts import introduce
from vernissage.web.connection_slots import Seats
from vernissage.web.context import KEY
from vernissage.web.problems import catch
from vernissage.web.rate_limits import limit
from vernissage.web.security import same_site, sealed

log = structlog.get_logger()

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request: the longest prompt fits ten times over, an upload does not."""
DOORS: Final = (
    appeals,
    api,
    cleaning,
    cleaning_review,
    review,
    hash_lists,
    health,
    languages,
    decisions,
    auth,
    events,
    pages,
)


class House(Flask):
    """Flask, but for what it writes down about an accident."""

    def log_exception(self, exc_info: Any) -> None:
        """Log kind and place of an error; its message might quote a prompt."""
        kind, _, trace = exc_info
        log.error(
            "request_failed",
            endpoint=request.endpoint,
            error=kind.__name__,
            trace="".join(format_tb(trace)),
        )


def create_app(gallery: Gallery) -> Flask:
    """A Flask application over *gallery*."""
    settings = gallery.settings
    app = House(__name__)
    app.config.update(_cookies(settings), MAX_CONTENT_LENGTH=LARGEST_BODY)
    app.secret_key = secret_key(settings)
    app.extensions[KEY] = gallery
    app.extensions[events.WATCHERS] = Seats(total=settings.threads // 2, each=3)
    app.extensions[api.WAITERS] = Seats(total=settings.threads // 4, each=3)
    app.before_request(same_site)
    app.after_request(sealed)
    languages.speak(app)
    introduce(app, gallery.sessions)
    for door in DOORS:
        app.register_blueprint(door.bp)
    limit(app, settings.submissions_per_minute)
    catch(app)
    app.context_processor(_words)
    return app


def _cookies(settings: Settings) -> dict[str, Any]:
    """A cookie that scripts cannot read and other sites cannot send along."""
    return {
        "SESSION_COOKIE_NAME": "__Host-visit" if settings.secure_cookies else "visit",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=365),
        "SESSION_REFRESH_EACH_REQUEST": False,
    }


def _words() -> dict[str, Any]:
    """What every template may say."""
    return {
        "language": languages.language(),
        "languages": LANGUAGES,
        "category_label": category_label,
        "decider": decider,
        "judged_label": judged_label,
        "gate_label": gate_label,
        "outcome_label": outcome_label,
        "state_label": state_label,
        "account": current_user,
    }
