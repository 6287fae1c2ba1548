"""The decision log, as a table or line by line."""

from datetime import UTC, datetime

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
@click.option(
    "--gate",
    type=click.Choice(["prompt", "screening", "embedding", "image", "human"]),
    help="Only what this gate decided.",
)
@click.option(
    "--outcome",
    type=click.Choice(["allow", "review", "refuse"]),
    help="Only what ended so.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only what was decided from this moment on, in UTC.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    help="At most so many.",
)
def decisions(
    *,
    as_json: bool,
    gate: str | None,
    outcome: str | None,
    since: datetime | None,
    limit: int,
) -> None:
    """Show the decision log, the newest first."""
    from vernissage.assembly.parts import sessions
    from vernissage.cli.json_lines import print_line
    from vernissage.cli.log_lines import described, table
    from vernissage.cli.surroundings import read_settings
    from vernissage.db.catalogue import Decisions

    with sessions(read_settings())() as session:
        found = Decisions(session).search(
            gate=gate,
            outcome=outcome,
            since=since and since.replace(tzinfo=UTC),
            limit=limit,
        )
    if as_json:
        for decision in found:
            print_line(described(decision))
    else:
        table(found)
