"""Commands that cost nothing until they are called or described."""

from collections.abc import Mapping
from importlib import import_module

import click


def lazy(modules: Mapping[str, str]) -> type[click.Group]:
    """A group of the commands that *modules* of this package hold, by their names."""

    class LazyGroup(click.Group):
        """Imports a command when it is asked for."""

        def list_commands(self, ctx: click.Context) -> list[str]:
            """The names, in the order in which one needs them."""
            del ctx
            return list(modules)

        def get_command(
            self, ctx: click.Context, cmd_name: str
        ) -> click.Command | None:
            """The command called *cmd_name*, or None."""
            del ctx
            if cmd_name not in modules:
                return None
            module = import_module(f"vernissage.cli.{modules[cmd_name]}")
            command: click.Command = getattr(module, cmd_name)
            return command

    return LazyGroup
