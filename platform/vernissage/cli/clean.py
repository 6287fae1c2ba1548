"""A data set, cleaned by the policy that judges prompts and pictures."""

from pathlib import Path

import click

DAMAGED = 3


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--to",
    "destination",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder for the results.",
)
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Which filters, in which order; unset means the bundled plan.",
)
def clean(source: Path, destination: Path, plan_file: Path | None) -> int:
    """Clean SOURCE, a folder or a webdataset tar.

    Its captions and pictures are judged by the policy. Kept and dropped files are
    written apart, byte for byte, with a list of each; every drop has its reason, in
    the database too. SOURCE is only read. Exits with 0, or with 3 when a tar was cut
    short or damaged: what could be read was judged.
    """
    from datasets_cleaning.plan import Plan
    from datasets_cleaning.sources.shard import DAMAGES
    from vernissage.assembly.cleaning import cleaning
    from vernissage.assembly.home import home
    from vernissage.cli.surroundings import read_settings
    from vernissage.cli.tally import counted, print_summary
    from vernissage.db import migrate

    plan = Plan.bundled() if plan_file is None else Plan.read(plan_file)
    settings = read_settings()
    home(settings)
    migrate.upgrade(settings.database)
    with cleaning(settings, source=source, destination=destination, plan=plan) as job:
        summary, seconds = counted(job)
    print_summary(summary, seconds)
    if torn := DAMAGES & set(summary.drops):
        reasons = ", ".join(sorted(torn))
        click.echo(
            f"vernissage: {source} is not whole ({reasons}): what could be read was"
            f" judged, the details are in {destination / 'dropped.jsonl'}",
            err=True,
        )
        return DAMAGED
    return 0
