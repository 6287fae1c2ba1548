"""The commands that clean data sets by the policy for prompts and pictures."""

from types import MappingProxyType
from typing import Final

import click

from vernissage.cli.lazy import lazy

MODULES: Final = MappingProxyType(
    {
        "run": "cleaning.run",
        "resume": "cleaning.run",
        "work": "cleaning.work",
        "status": "cleaning.status",
        "report": "cleaning.report",
        "audit": "cleaning.report",
        "explain": "cleaning.explain",
        "override": "cleaning.explain",
        "replay": "cleaning.replay",
        "doctor": "cleaning.doctor",
    }
)
"""The module of each command, imported when the command is called."""


@click.group(cls=lazy(MODULES), short_help="Clean image-text data sets.")
def clean() -> None:
    """Clean image-text data sets by the policy, with a reason for every drop.

    The source is only read. Without --write, a run only checks and reports.
    """
