"""The decision log, as a table or line by line."""

from datetime import UTC, datetime
from pathlib import Path

import click


def _known(gate: str | None) -> str | None:
    """The name of a *gate*, or BadParameter."""
    from moderation import Gate

    if gate is not None and gate not in set(Gate):
        raise click.BadParameter(f"{gate!r} is not one of {', '.join(Gate)}")
    return gate


@click.group(invoke_without_command=True)
@click.pass_context
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
@click.option(
    "--gate",
    callback=lambda _context, _option, gate: _known(gate),
    help="Only decisions of this gate.",
)
@click.option(
    "--outcome",
    type=click.Choice(["allow", "review", "refuse"]),
    help="Only decisions with this outcome.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only decisions since this moment, in UTC.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    help="The number of decisions to show.",
)
def decisions(  # noqa: PLR0913  # one argument per filter of the log
    context: click.Context,
    *,
    as_json: bool,
    gate: str | None,
    outcome: str | None,
    since: datetime | None,
    limit: int,
) -> None:
    """Show the decision log, newest first."""
    if context.invoked_subcommand is not None:
        return
    from vernissage.bootstrap.components import sessions
    from vernissage.cli.decisions_output import table, to_dict
    from vernissage.cli.environment import load_settings
    from vernissage.cli.output import print_line
    from vernissage.db.decisions import Decisions

    with sessions(load_settings())() as session:
        found = Decisions(session).search(
            gate=gate,
            outcome=outcome,
            since=since and since.replace(tzinfo=UTC),
            limit=limit,
        )
    if as_json:
        for decision in found:
            print_line(to_dict(decision))
    else:
        table(found)


@decisions.command()
@click.option(
    "--reviewed", is_flag=True, help="Only pictures that a reviewer decided on."
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="Only pictures submitted on this day (UTC) or later.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The CSV file to write.",
)
def export(*, reviewed: bool, since: datetime, out: Path) -> None:
    """Write scores and reviewers' decisions, for `python -m moderation.calibrate`.

    The file holds no prompt, picture or name: a calibration needs only scores and
    labels.
    """
    from moderation.labelled_scores import write
    from vernissage.bootstrap.components import sessions
    from vernissage.cli.environment import load_settings
    from vernissage.db.labelled_scores import scored

    with sessions(load_settings())() as session:
        found = scored(session, since=since.replace(tzinfo=UTC), reviewed=reviewed)
        count = write(found, out)
    click.echo(f"{out}: {count} scores")
