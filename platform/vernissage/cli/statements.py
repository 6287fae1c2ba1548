"""Statements of reasons, and the transparency report that counts them."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime
from io import StringIO
from typing import Any, TypeVar

import click

from vernissage.cli.output import print_line

Command = TypeVar("Command", bound=Callable[..., Any])
SHOWN = (
    "application_date",
    "category",
    "content_type",
    "content_language",
    "automated_decision",
    "end_date_visibility_restriction",
    "puid",
)
"""The columns for people; the other fields are in JSON and CSV."""


def _since(command: Command) -> Command:
    return click.option(
        "--since",
        type=click.DateTime(["%Y-%m-%d"]),
        required=True,
        help="The first day, in UTC.",
    )(command)


@click.command()
@_since
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
def statements(*, since: datetime, as_json: bool, as_csv: bool) -> None:
    """Show a statement of reasons for every refusal since a day."""
    if as_json and as_csv:
        raise click.UsageError("--json or --csv, not both")
    found = _statements(since)
    if as_json:
        for statement in found:
            print_line(statement)
    elif as_csv:
        _print_csv(found)
    else:
        _print_table(found)


@click.command()
@_since
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def transparency(*, since: datetime, as_json: bool) -> None:
    """Count refusals and appeals since a day."""
    from vernissage.bootstrap.components import now, sessions
    from vernissage.cli.environment import load_settings
    from vernissage.db.appeals import Appeals
    from vernissage.reasons.statements import Statement
    from vernissage.reasons.transparency import transparency as counted

    made = [Statement(**values) for values in _statements(since)]
    with sessions(load_settings())() as session:
        appeals = Appeals(session).since(since.replace(tzinfo=UTC))
        report = asdict(counted(made, appeals))
    span = {"since": f"{since:%Y-%m-%d}", "until": f"{now():%Y-%m-%d}"}
    if as_json:
        print_line({**span, **report})
    else:
        _print_report({**span, **report})


def _statements(since: datetime) -> Iterator[dict[str, Any]]:
    """The fields of every statement since that day."""
    from vernissage.bootstrap.components import sessions
    from vernissage.cli.environment import load_settings
    from vernissage.db.decisions import Decisions
    from vernissage.reasons.statements import statement

    with sessions(load_settings())() as session:
        found = Decisions(session).refusals_since(since.replace(tzinfo=UTC))
        for artwork, refusal in found:
            yield asdict(
                statement(refusal, submitted_at=artwork.submitted_at, translate=str)
            )


def _print_csv(found: Iterable[dict[str, Any]]) -> None:
    """Print CSV as the Transparency Database does: a list is a JSON array in a cell."""
    from vernissage.reasons.statements import Statement

    def line(cells: Iterable[str]) -> None:
        text = StringIO()
        csv.writer(text, lineterminator="").writerow(cells)
        click.echo(text.getvalue().encode())

    line(field.name for field in fields(Statement))
    for statement in found:
        line(map(_cell, statement.values()))


def _cell(value: str | tuple[str, ...] | None) -> str:
    return json.dumps(value) if isinstance(value, tuple) else value or ""


def _print_table(found: Iterable[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from vernissage.cli.decisions_output import UNBROKEN

    rows = Table(*SHOWN, box=None, header_style="bold")
    for statement in found:
        cells = (statement[name] or "" for name in SHOWN)
        rows.add_row(*(" ".join(c) if isinstance(c, tuple) else c for c in cells))
    console = Console()
    wide = console if console.is_terminal else Console(width=UNBROKEN)
    wide.print(rows)


def _print_report(report: dict[str, Any]) -> None:
    """Print a line for each figure, and one for each value that was counted."""
    for name, figure in report.items():
        if isinstance(figure, dict):
            click.echo(f"{name}:")
            for value, count in figure.items():
                click.echo(f"  {count:6} {value}")
        else:
            click.echo(f"{name}: {'none' if figure is None else figure}")
