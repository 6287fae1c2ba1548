"""Data sets, cleaned by the policy that judges prompts and pictures: the verbs."""

from importlib import import_module
from types import MappingProxyType
from typing import Final

import click

MODULES: Final = MappingProxyType(
    {
        "run": "clean_run",
        "resume": "clean_run",
        "work": "clean_work",
        "status": "clean_status",
        "report": "clean_report",
        "audit": "clean_report",
        "explain": "clean_explain",
        "override": "clean_explain",
        "replay": "clean_replay",
        "doctor": "clean_doctor",
    }
)
"""Where each verb lives; its module is imported when somebody asks for it."""


class Verbs(click.Group):
    """Verbs that cost nothing until they are called or described."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which one needs them."""
        del ctx
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called *cmd_name*, or None."""
        del ctx
        if cmd_name not in MODULES:
            return None
        module = import_module(f"vernissage.cli.{MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=Verbs, short_help="Clean image-text data sets.")
def clean() -> None:
    """Clean image-text data sets by the policy, every drop with its reason.

    The source is only read. Unless told to write, a run only judges and reports.
    """
