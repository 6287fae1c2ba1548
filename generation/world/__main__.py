"""python -m generation.world --to FOLDER --count N --seed S."""

from pathlib import Path

import click

from generation.errors import GenerationError
from generation.world.export import export
from generation.world.renderer import FONT, Renderer


@click.command(help="Renders labelled pictures of the world, with labels.csv.")
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True)
@click.option("--count", type=click.IntRange(1), required=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--side", type=click.IntRange(16), default=64, show_default=True)
@click.option("--plain", is_flag=True, help="One thing on one colour, all in turn.")
@click.option(
    "--font", type=click.Path(path_type=Path), default=FONT, show_default=True
)
def main(  # noqa: PLR0913, PLR0917  # one per option
    folder: Path,
    count: int,
    seed: int,
    side: int,
    plain: bool,  # noqa: FBT001  # click passes flags by name
    font: Path,
) -> None:
    """Writes *count* pictures."""
    try:
        export(Renderer(font), folder, count=count, seed=seed, side=side, plain=plain)
    except GenerationError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
