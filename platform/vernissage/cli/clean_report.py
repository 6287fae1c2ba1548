"""What became of a run, as a page."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--gallery",
    is_flag=True,
    help="With doubtful pictures in it, small and blurred.",
)
def report(folder: Path, *, gallery: bool) -> None:
    """Write report.html and report.json on the run into FOLDER, which is settled."""
    from datasets_cleaning.report import write

    click.echo(write(folder, gallery=gallery))
