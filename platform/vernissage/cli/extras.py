"""Optional dependencies (extras) of a command, and whether they are installed."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

import click
from packaging.requirements import Requirement

from vernissage.settings import Settings

PACKAGE: Final = "vernissage"


def demand(extra: str) -> None:
    """Raise ClickException, which says what to install, where *extra* is missing."""
    if missing := lacking(extra):
        verb = "is" if len(missing) == 1 else "are"
        raise click.ClickException(
            f"{', '.join(missing)} {verb} not installed: {remedy(extra)}"
        )


def demand_clients(settings: Settings) -> None:
    """Raise ClickException unless the servers in *settings* can be talked to."""
    if settings.database.startswith("postgresql"):
        demand("postgresql")
    if settings.broker_url.startswith("redis"):
        demand("redis")


def lacking(extra: str) -> list[str]:
    """The distributions of *extra* that are not installed, each once."""
    asked = dict.fromkeys(_asked(PACKAGE, extra))
    return [name for name in asked if not _installed(name)]


def remedy(*extras: str) -> str:
    """The command that installs *extras*."""
    return f"pip install '{PACKAGE}[{','.join(extras)}]'"


def _asked(distribution: str, extra: str) -> Iterator[str]:
    """The distributions that *extra* of *distribution* requires, besides the core's."""
    if not _installed(distribution):
        return
    for requirement in map(Requirement, requires(distribution) or ()):
        marker = requirement.marker
        if marker is None or marker.evaluate({"extra": ""}):
            continue
        if marker.evaluate({"extra": extra}):
            if requirement.name != distribution:
                yield requirement.name
            for nested in sorted(requirement.extras):
                yield from _asked(requirement.name, nested)


def _installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
