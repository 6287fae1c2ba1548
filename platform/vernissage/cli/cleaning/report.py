"""Report on a cleaning run, and a sample of it for an audit."""

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--gallery", is_flag=True, help="Show doubtful pictures, blurred.")
def report(folder: Path, *, gallery: bool) -> None:
    """Write report.html and report.json into the run's FOLDER.

    The page is one file that needs nothing else, and it holds no caption.
    """
    from vernissage.cli.extras import demand

    demand("cleaning")
    from datasets_cleaning.report import write

    click.echo(write(folder, gallery=gallery))


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--count", type=click.IntRange(min=1), default=300, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def audit(folder: Path, *, count: int, seed: int) -> None:
    """Draw a random sample of what the run in FOLDER keeps, for a person to look at.

    Fill the column verdict of its audit.csv with ok or miss; then `report` estimates
    how many bad pairs slip through.
    """
    from vernissage.cli.extras import demand

    demand("cleaning")
    from datasets_cleaning.audit import draw

    click.echo(draw(folder, count=count, seed=seed))
