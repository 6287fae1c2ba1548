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
@click.option(
    "--font", type=click.Path(path_type=Path), default=FONT, show_default=True
)
def main(folder: Path, count: int, seed: int, side: int, font: Path) -> None:
    """Writes *count* pictures, every object as often as any other."""
    try:
        export(Renderer(font), folder, count=count, seed=seed, side=side)
    except GenerationError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
