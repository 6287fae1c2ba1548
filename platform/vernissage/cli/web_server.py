"""Gunicorn around the web application."""

import socket
from typing import Any, Final

import click
import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from vernissage.bootstrap.services import build_services
from vernissage.errors import SettingsError
from vernissage.settings import Settings
from vernissage.web import create_app

access = structlog.get_logger("vernissage.access")

SECONDS_TO_FINISH: Final = 3
"""Seconds for requests under way when the server stops; streams reconnect."""


class AccessLogger(Logger):  # type: ignore[misc]  # it has no types
    """Logs through our own handlers; an address without its query."""

    def setup(self, cfg: Any) -> None:
        """Leave the handlers to the root logger."""
        self.cfg = cfg
        self.loglevel = self.LOG_LEVELS["warning"]
        self.error_log.setLevel(self.loglevel)
        self.error_log.propagate = True

    @property
    def access_log_enabled(self) -> bool:
        """Every request is logged."""
        return True

    def access(
        self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any
    ) -> None:
        """Log one request, without its query, headers and body."""
        del req
        access.info(
            "request_answered",
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            status=int(str(resp.status).partition(" ")[0]),
            milliseconds=round(request_time.total_seconds() * 1000, 1),
        )


class WebServer(BaseApplication):  # type: ignore[misc]  # it has no types
    """One process with as many threads as the settings say."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options, which it would read from files and arguments."""
        options = {
            "bind": bind_address(self.settings),
            "control_socket_disable": True,
            "graceful_timeout": SECONDS_TO_FINISH,
            "logger_class": AccessLogger,
            "post_worker_init": lambda _: click.echo(
                f"Vernissage is ready at {address(self.settings)}"
            ),
            "threads": self.settings.threads,
            "worker_class": "gthread",
            "workers": 1,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the process that serves it."""
        return create_app(build_services(self.settings))


def address(settings: Settings) -> str:
    """The address of the site for a browser."""
    return f"http://{bind_address(settings)}"


def bind_address(settings: Settings) -> str:
    """Host and port, an IPv6 host in brackets."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


def check_port(settings: Settings) -> None:
    """Raise SettingsError unless the web server can listen at its host and port."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
    except OSError as error:
        raise SettingsError(
            f"cannot listen at {bind_address(settings)}: {error.strerror}."
            " VERNISSAGE_HOST and VERNISSAGE_PORT choose another place."
        ) from error
