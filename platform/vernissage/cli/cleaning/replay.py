"""Replay of a cleaning run under another plan."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--plan",
    "plan_name",
    required=True,
    help="File of the other plan, or name of a bundled one.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of a table."
)
def replay(folder: Path, plan_name: str, *, as_json: bool) -> None:
    """Show how another plan would decide on the pairs of the run in FOLDER.

    Reads the ledgers only: no model runs, and nothing is written.
    """
    from datasets_cleaning.replay import replay as replayed
    from vernissage.cli.cleaning.run import plan_called
    from vernissage.cli.output import print_line

    difference = replayed(folder, plan_called(plan_name))
    before, after = difference.kept
    if as_json:
        print_line(
            {
                "old": difference.old,
                "new": difference.new,
                "pairs": difference.pairs,
                "kept": {"old": before, "new": after},
                "changed": [
                    {"old": old, "new": new, "pairs": count}
                    for (old, new), count in difference.changed.items()
                ],
                "undecidable": difference.undecidable,
                "lacking": difference.lacking,
            }
        )
        return
    click.echo(
        f"{difference.pairs} pairs: {difference.old} keeps {before},"
        f" {difference.new} {after}; {difference.share:.2%} change"
    )
    for (old, new), count in difference.changed.items():
        click.echo(f"{count:>10}  {old} -> {new}")
    if difference.lacking:
        lacking = ", ".join(difference.lacking)
        click.echo(f"vernissage: no ledger has {lacking}: run again for that", err=True)
