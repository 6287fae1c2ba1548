"""The Flask application, assembled from blueprints, limits and error handlers."""

from datetime import timedelta
from traceback import format_tb
from typing import Any, Final

import structlog
from flask import Flask, request
from flask_security import current_user

from vernissage.bootstrap.data_dir import secret_key
from vernissage.bootstrap.services import Services
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
from vernissage.web.auth import init_accounts
from vernissage.web.connection_slots import ConnectionSlots
from vernissage.web.context import KEY
from vernissage.web.problems import register_error_handlers
from vernissage.web.rate_limits import init_rate_limits
from vernissage.web.security import add_security_headers, reject_cross_site

log = structlog.get_logger()

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request: the longest prompt fits ten times over, an upload does not."""
BLUEPRINTS: Final = (
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


class Application(Flask):
    """Flask with a log entry for an unhandled error that quotes no request."""

    def log_exception(self, exc_info: Any) -> None:
        """Log kind and place of an error; its message might quote a prompt."""
        kind, _, trace = exc_info
        log.error(
            "request_failed",
            endpoint=request.endpoint,
            error=kind.__name__,
            trace="".join(format_tb(trace)),
        )


def create_app(services: Services) -> Flask:
    """A Flask application over *services*."""
    settings = services.settings
    app = Application(__name__)
    app.config.update(_cookies(settings), MAX_CONTENT_LENGTH=LARGEST_BODY)
    app.secret_key = secret_key(settings)
    app.extensions[KEY] = services
    app.extensions[events.WATCHERS] = ConnectionSlots(
        total=settings.threads // 2, each=3
    )
    app.extensions[api.WAITERS] = ConnectionSlots(total=settings.threads // 4, each=3)
    app.before_request(reject_cross_site)
    app.after_request(add_security_headers)
    languages.init_languages(app)
    init_accounts(app, services.sessions)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint.bp)
    init_rate_limits(app, settings.submissions_per_minute)
    register_error_handlers(app)
    app.context_processor(_template_context)
    return app


def _cookies(settings: Settings) -> dict[str, Any]:
    """Settings of a cookie that scripts cannot read and other sites cannot send."""
    return {
        "SESSION_COOKIE_NAME": "__Host-visit" if settings.secure_cookies else "visit",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=365),
        "SESSION_REFRESH_EACH_REQUEST": False,
    }


def _template_context() -> dict[str, Any]:
    """Names that every template may use."""
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
