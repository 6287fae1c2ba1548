import json
import subprocess
import sys

import pytest

PROGRAM = """
import logging, structlog
from vernissage.logs import configure
configure(pretty={pretty})
structlog.get_logger("ours").info("artwork_submitted", artwork="a1")
logging.getLogger("theirs").warning("something %s", "foreign")
logging.getLogger("theirs").debug("not worth a line")
"""


@pytest.fixture
def lines():
    """Log lines of a process of its own: logging is one per process."""

    def run(*, pretty):
        finished = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(pretty=pretty)],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return finished.stderr.splitlines()

    return run


def test_every_line_is_an_event_with_fields_whoever_wrote_it(lines):
    ours, theirs = map(json.loads, lines(pretty=False))

    assert (ours["event"], ours["artwork"]) == ("artwork_submitted", "a1")
    assert (theirs["event"], theirs["logger"]) == ("something foreign", "theirs")
    assert {"level", "timestamp"} <= ours.keys() & theirs.keys()


def test_a_person_reads_the_same_events(lines):
    ours, theirs = lines(pretty=True)

    assert "artwork_submitted" in ours
    assert "something foreign" in theirs
