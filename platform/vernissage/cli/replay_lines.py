"""What another policy would change, as people and programs read of it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from vernissage.cli.log_lines import show
from vernissage.reasons.replay import UNKNOWN, ReplayReport


def described(found: ReplayReport, *, policy: str, since: datetime) -> dict[str, Any]:
    """Everything that would change, for programs."""
    return {
        "policy": policy,
        "since": f"{since:%Y-%m-%d}",
        "works": found.works,
        "changed": len(found.changed),
        "decided_by_a_person": found.settled,
        "unfinished": found.unfinished,
        "transitions": found.transitions,
        "languages": found.languages,
        "categories": found.categories,
        "artworks": [
            {
                "artwork": str(ending.artwork),
                "language": ending.language,
                "before": ending.before,
                "after": ending.after,
                "categories": [category.value for category in ending.categories],
            }
            for ending in found.changed
        ],
    }


def told(found: ReplayReport, *, policy: str, since: datetime) -> None:
    """Print what would change: counts, then each work."""
    click.echo(
        f"{len(found.changed)} of {found.works} pictures since {since:%Y-%m-%d} would"
        f" have ended differently under {policy}."
    )
    click.echo(
        f"A person decided {found.settled}: that stays."
        f" {found.unfinished} had not passed every gate."
    )
    if stopped := [e for e in found.changed if e.after == UNKNOWN]:
        click.echo(
            f"{len(stopped)} would not have been stopped where they were: the log"
            " cannot tell what the later gates would have said."
        )
    if found.changed:
        _counts(found)
        _works(found)


def _counts(found: ReplayReport) -> None:
    kinds = sorted(found.transitions)
    rows = Table("", *kinds, box=None, header_style="bold")
    groups: dict[str, Mapping[str, Counter[str]]] = {
        "language ": found.languages,
        "": found.categories,
    }
    rows.add_row("all", *(str(found.transitions[kind]) for kind in kinds))
    for prefix, group in groups.items():
        for name, counts in group.items():
            cells = (str(counts[kind]) for kind in kinds)
            rows.add_row(f"{prefix}{name}", *cells)
    click.echo()
    show(rows)


def _works(found: ReplayReport) -> None:
    click.echo()
    rows = Table("artwork", "ends", "language", "for", box=None, header_style="bold")
    for ending in found.changed:
        named = ", ".join(ending.categories)
        rows.add_row(str(ending.artwork), ending.transition, ending.language, named)
    show(rows)
