"""JSON lines on standard output."""

import json
from collections.abc import Mapping
from typing import Any

import click


def print_line(answer: Mapping[str, Any]) -> None:
    r"""Print *answer* on standard output in UTF-8, whatever the locale.

    Half a character, as a path may hold, is written as its JSON escape ``\udcff``.
    """
    line = json.dumps(answer, ensure_ascii=False)
    click.echo(line.encode("utf-8", "backslashreplace"))
