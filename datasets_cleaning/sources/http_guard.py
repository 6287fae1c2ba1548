"""Guard of http requests that tables of unknown origin ask for.

A name may lead anywhere, at every redirect and every look-up anew: so it is the host
that has answered which is checked, before it is asked for anything.
"""

import socket
from dataclasses import dataclass, replace
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from typing import Any, Final, Self
from urllib.parse import urlsplit
from urllib.request import (
    DataHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
    getproxies,
)

REDIRECTS: Final = 5


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Hosts that may be asked: none that is link-local, as a cloud's own are.

    Where the table comes from the server *home*, this one and *public* ones alone.
    """

    public: bool = False
    home: str = ""

    def for_url(self, url: str) -> Self:
        """The hosts for *url*: the *home* of a table may be a private machine."""
        public = self.public and urlsplit(url).netloc != self.home
        return replace(self, public=public)

    def check(self, connected: socket.socket) -> None:
        """Close the connection and raise OSError if it leads out of reach."""
        # Where a proxy stands between, it alone sees who answers.
        if getproxies():
            return
        address = ip_address(connected.getpeername()[0].partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_link_local or (self.public and not address.is_global):
            connected.close()
            raise OSError(f"{address} is no address on the public web")


class _GuardedHttp(HTTPConnection):
    def __init__(self, *args: Any, allowed_hosts: AllowedHosts, **named: Any) -> None:
        super().__init__(*args, **named)
        self.allowed_hosts = allowed_hosts

    def connect(self) -> None:
        super().connect()
        self.allowed_hosts.check(self.sock)


class _GuardedHttps(_GuardedHttp, HTTPSConnection):
    pass


class _Http(HTTPHandler):
    def __init__(self, allowed_hosts: AllowedHosts) -> None:
        super().__init__()
        self.allowed_hosts = allowed_hosts

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(
            partial(_GuardedHttp, allowed_hosts=self.allowed_hosts), req
        )


class _Https(HTTPSHandler):
    def __init__(self, allowed_hosts: AllowedHosts) -> None:
        super().__init__()
        self.allowed_hosts = allowed_hosts

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(
            partial(_GuardedHttps, allowed_hosts=self.allowed_hosts), req
        )


class _Redirects(HTTPRedirectHandler):
    max_redirections = REDIRECTS


def opener(allowed_hosts: AllowedHosts) -> OpenerDirector:
    """An opener of http, https and data within *allowed_hosts*, redirects included."""
    made = OpenerDirector()
    for handler in (
        *(
            ProxyHandler(),
            UnknownHandler(),
            _Http(allowed_hosts),
            _Https(allowed_hosts),
        ),
        *(HTTPDefaultErrorHandler(), _Redirects(), HTTPErrorProcessor()),
        DataHandler(),
    ):
        made.add_handler(handler)
    return made
