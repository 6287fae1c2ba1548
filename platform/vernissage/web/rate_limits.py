"""Rate limits for each client address; pictures in progress are counted in SQL."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter

SIGN_INS = "10 per minute"


def init_rate_limits(app: Flask, submissions_per_minute: int) -> None:
    """Limit the routes of *app* that check passwords or submit prompts."""
    limiter = Limiter(
        address, app=app, storage_uri="memory://", strategy="moving-window"
    )
    # its decorators fit any function, which their types cannot say
    submit: Any = limiter.shared_limit(f"{submissions_per_minute} per minute", "submit")
    for endpoint in ("pages.create", "api.create"):
        app.view_functions[endpoint] = submit(app.view_functions[endpoint])
    enter: Any = limiter.limit(SIGN_INS, methods=["POST"])
    app.view_functions["auth.sign_in"] = enter(app.view_functions["auth.sign_in"])


def address() -> str:
    """The client's IPv4 address, or its IPv6 network of 64 bits."""
    written = request.remote_addr or ""
    try:
        known = ip_address(written)
    except ValueError:
        return written
    if isinstance(known, IPv6Address):
        return str(IPv6Network((known, 64), strict=False))
    return written
