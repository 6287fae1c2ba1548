"""Progress of a cleaning run."""

from typing import Any

import click

from vernissage.cleaning.models import Run, RunShard, ShardState


@click.command()
@click.argument("run")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of a table."
)
def status(run: str, *, as_json: bool) -> None:
    """Show the progress of RUN, named by folder or id, and what failed."""
    from rich.console import Console
    from rich.table import Table

    from vernissage.cleaning.drops import Drops
    from vernissage.cleaning.shards import Shards
    from vernissage.cli.cleaning.database import database, run_of
    from vernissage.cli.output import print_line

    with database() as (_, sessions):
        found = run_of(sessions, run)
        with sessions() as session:
            shards = Shards(session, found.id).all()
            facts = _facts(found, shards, Drops(session).count_borderline(found.id))
    if as_json:
        print_line(facts)
        return
    table = Table(box=None, show_header=False)
    for name, value in facts.items():
        if name != "failed":
            table.add_row(name, str(value))
    Console(soft_wrap=True).print(table)
    for name, problem in facts["failed"].items():
        click.echo(f"vernissage: {name} failed: {problem}", err=True)


def _facts(run: Run, shards: list[RunShard], count_borderline: int) -> dict[str, Any]:
    failed = {s.name: s.problem for s in shards if s.status is ShardState.FAILED}
    return {
        "run": str(run.id),
        "state": run.state.value,
        "source": run.source,
        "folder": run.folder,
        "plan": run.plan,
        "policy": run.policy,
        "phase": run.phase or "",
        "shards": f"{run.done} of {run.shards}",
        "pairs": run.seen,
        "kept": run.kept,
        "doubtful": count_borderline,
        "problem": run.problem,
        "failed": failed,
    }
