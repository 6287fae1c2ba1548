import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files while a test runs."""
    path = tmp_path / "spool"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


class Server(ThreadingHTTPServer):
    """Counts how often it sent somebody on, and knows what it was asked for."""

    rounds = 0

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.asked: list[str] = []


class Site(SimpleHTTPRequestHandler):
    """Serves a folder; some of its files with whims."""

    server: "Server"

    def do_GET(self):
        self.server.asked.append(self.path)
        if "round" in self.path:
            self.server.rounds += 1
            self.send_response(302)
            self.send_header("Location", f"/round{self.server.rounds}")
            self.end_headers()
            return
        if "broken" in self.path:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 10)
            return
        if "torn" in self.path:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"20\r\nxxx")
            return
        if "slow" in self.path:
            self.send_response(200)
            self.end_headers()
            for _ in range(1200):  # a minute, or until nobody listens
                time.sleep(0.05)
                self.wfile.write(b"x")
        super().do_GET()

    def do_HEAD(self):
        if "signed" in self.path:
            self.send_error(403)
        else:
            super().do_HEAD()

    def end_headers(self):
        if "noai" in self.path:
            self.send_header("X-Robots-Tag", "all, NoAI")
        super().end_headers()

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A web server over `site` in the test's folder."""

    def handler(*args):
        try:
            return Site(*args, directory=str(tmp_path / "site"))
        except (BrokenPipeError, ConnectionResetError):
            return None  # the client has hung up

    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def site(server: Server) -> str:
    """The URL of that server."""
    return f"http://127.0.0.1:{server.server_port}"
