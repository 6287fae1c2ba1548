"""The root command, and the exit codes and messages of its errors."""

import sys
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import click

from vernissage.cli.lazy import lazy

FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130
"""Exit codes; commands add their own."""

MODULES: Final = MappingProxyType(
    {
        "run": "processes",
        "serve": "processes",
        "screen": "processes",
        "paint": "processes",
        "generate": "generate",
        "moderate": "moderate",
        "decisions": "decisions",
        "policy": "policy",
        "statements": "statements",
        "transparency": "statements",
        "hashes": "hash_lists",
        "clean": "cleaning.group",
        "models": "models",
        "db": "database",
        "doctor": "doctor",
    }
)
"""The module of each command, imported when the command is called."""


@click.group(
    cls=lazy(MODULES), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="vernissage", message="%(prog)s %(version)s")
def vernissage() -> None:
    """Run a moderated, bilingual site that paints with Kandinsky.

    Settings come from environment variables that start with VERNISSAGE_.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command that *arguments* spell, print its error, return the exit code."""
    try:
        code = vernissage.main(
            list(arguments), prog_name="vernissage", standalone_mode=False
        )
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        _say(error.format_message())
        return error.exit_code
    except Exception as error:
        if (problem := _problem(error)) is None:
            raise
        _say(problem)
        return _code(error)
    return code if isinstance(code, int) else 0


def _say(problem: str) -> None:
    for line in problem.splitlines():
        print(f"vernissage: {line}", file=sys.stderr)


def _code(error: Exception) -> int:
    """The exit code of a command that ended in *error*."""
    from datasets_cleaning.errors import CleaningError
    from datasets_cleaning.summary import NOTHING

    return NOTHING if isinstance(error, CleaningError) else FAILED


def _problem(error: Exception) -> str | None:
    """The message for *error*; None for a bug, which is logged with its trace."""
    from sqlalchemy.exc import SQLAlchemyError

    from datasets_cleaning.errors import CleaningError
    from generation.errors import GenerationError
    from moderation.errors import ModerationError
    from vernissage.errors import VernissageError

    known = (CleaningError, GenerationError, ModerationError, VernissageError)
    if isinstance(error, known):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        return f"the database does not answer: {str(error).partition(chr(10))[0]}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return None
