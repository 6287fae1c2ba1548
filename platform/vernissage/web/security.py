"""Security: the origin check of every request, the headers of every response."""

from typing import Final
from urllib.parse import urlsplit

from flask import Response, request
from werkzeug.exceptions import Forbidden

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class CrossSite(Forbidden):
    """Another site's page sent this request with our visitor's cookies."""


def reject_cross_site() -> None:
    """Refuse an unsafe request that a page of another origin made.

    Every browser since 2020 sends Sec-Fetch-Site or Origin; a client that sends neither
    is no browser and carries no visitor's cookies by accident.
    """
    if request.method in SAFE:
        return
    site, origin = (request.headers.get(h) for h in ("Sec-Fetch-Site", "Origin"))
    if site is not None:
        trusted = site in {"same-origin", "none"}
    else:
        trusted = origin is None or urlsplit(origin).netloc == request.host
    if not trusted:
        raise CrossSite(f"a request from {origin or site} to {request.host}")


def add_security_headers(response: Response) -> Response:
    """The *response* with the headers that keep browsers strict."""
    response.headers.update(HEADERS)
    if request.endpoint != "static":
        response.vary.update(("Accept-Language", "Cookie"))
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
    return response
