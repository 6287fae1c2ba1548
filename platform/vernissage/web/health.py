"""Health endpoints: liveness and readiness."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from vernissage.db import migrate
from vernissage.web.context import current_services

bp = Blueprint("health", __name__, url_prefix="/health")


@bp.get("/live")
def live() -> ResponseReturnValue:
    """Liveness: the process answers."""
    return {"status": "alive"}


@bp.get("/ready")
def ready() -> ResponseReturnValue:
    """Readiness: the database answers, at the revision that this code expects."""
    try:
        revision = migrate.current(current_services().settings.database)
    except SQLAlchemyError as error:
        raise ServiceUnavailable from error
    if revision != migrate.newest():
        raise ServiceUnavailable
    return {"status": "ready", "revision": revision}
