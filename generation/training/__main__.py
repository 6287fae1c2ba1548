"""python -m generation.training [--config FILE] [--to FOLDER] [STAGE ...]."""

from pathlib import Path

import click
import torch
from accelerate import PartialState
from safetensors import SafetensorError

from generation.errors import GenerationError
from generation.training.dataset import Data
from generation.training.plan import Plan
from generation.training.progress import unwatched, watching
from generation.training.rendered import rendered
from generation.training.run import Run
from generation.training.shards import shards
from generation.training.stages import SHARED, STAGES
from generation.training.start import Afresh, Onwards
from generation.training.table import table

PLAN = Path(__file__).with_name("mini.toml")


@click.command(help="Trains kandinsky-mini, or the STAGES of it that are named.")
@click.argument("stages", nargs=-1, type=click.Choice(list(STAGES)))
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/training"),
    show_default=True,
    help="Where the run keeps its files; name it again to continue.",
)
@click.option(
    "--config",
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=PLAN,
    help="A plan in TOML; kandinsky-mini's by default.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Changes the plan by a line of TOML, such as decoder.batch=1; repeatable.",
)
@click.option(
    "--data",
    "data_path",
    type=click.Path(path_type=Path, exists=True),
    help="A CSV file with image_name and caption, or a folder of webdataset tars;"
    " the rendered world by default.",
)
@click.option(
    "--from",
    "origin",
    type=click.Path(path_type=Path, exists=True),
    help="The folder of a model that goes on learning; fresh networks by default.",
)
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--threads", type=click.IntRange(1), help="Processor cores to use.")
def main(  # noqa: PLR0913, PLR0917  # one per option
    stages: tuple[str, ...],
    folder: Path,
    plan_file: Path,
    changes: tuple[str, ...],
    data_path: Path | None,
    origin: Path | None,
    device: str,
    threads: int | None,
) -> None:
    """Runs the stages in order; what is already trained is kept."""
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        company = PartialState(cpu=torch.device(device).type == "cpu")
        plan = Plan.read(plan_file, changes)
        data = rendered(plan) if data_path is None else _pictures(data_path)
        start = Afresh(plan) if origin is None else Onwards.of(origin, plan)
        with watching(folder) if company.is_main_process else unwatched() as watch:
            run = Run(plan, start, data, folder, watch, company.device)
            for stage in stages or STAGES:
                if stage in SHARED or company.is_main_process:
                    STAGES[stage](run)
                company.wait_for_everyone()
    except (GenerationError, OSError, SafetensorError) as error:
        raise click.ClickException(str(error)) from error


def _pictures(path: Path) -> Data:
    return shards(path) if path.is_dir() else table(path)


if __name__ == "__main__":
    main()
