"""python -m generation.training --to FOLDER [--plan FILE] [STAGE ...]."""

from pathlib import Path

import click
import torch

from generation.errors import GenerationError
from generation.training.data.rendered import rendered
from generation.training.plan import Plan
from generation.training.run import Run
from generation.training.stages import STAGES
from generation.training.terminal import watching

PLAN = Path(__file__).with_name("mini.toml")


@click.command(help="Trains kandinsky-mini, or the STAGES of it that are named.")
@click.argument("stages", nargs=-1, type=click.Choice(list(STAGES)))
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the run keeps its files; name it again to continue.",
)
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, exists=True),
    default=PLAN,
    help="A TOML file; kandinsky-mini's by default.",
)
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--threads", type=click.IntRange(1), help="Processor cores to use.")
def main(
    stages: tuple[str, ...],
    folder: Path,
    plan_file: Path,
    device: str,
    threads: int | None,
) -> None:
    """Runs the stages in order; what is already trained is kept."""
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        with watching(folder) as watch:
            plan = Plan.read(plan_file)
            run = Run(plan, rendered(plan), folder, watch, torch.device(device))
            for stage in stages or STAGES:
                STAGES[stage](run)
    except GenerationError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
