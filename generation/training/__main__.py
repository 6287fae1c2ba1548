"""python -m generation.training [--config FILE] [--to FOLDER] [STAGE ...]."""

from pathlib import Path

import click
import torch
from accelerate import PartialState
from safetensors import SafetensorError

from generation.errors import GenerationError
from generation.training.dataset import Dataset, rendered_dataset
from generation.training.image_dataset import load_csv, load_webdataset
from generation.training.initial_networks import PretrainedNetworks, UntrainedNetworks
from generation.training.plan import Plan
from generation.training.progress import silent_monitor, terminal_monitor
from generation.training.run import Run
from generation.training.stages import SHARED, STAGES

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
        accelerator = PartialState(cpu=torch.device(device).type == "cpu")
        plan = Plan.read(plan_file, changes)
        data = rendered_dataset(plan) if data_path is None else _pictures(data_path)
        start = (
            UntrainedNetworks(plan)
            if origin is None
            else PretrainedNetworks.of(origin, plan)
        )
        with (
            terminal_monitor(folder)
            if accelerator.is_main_process
            else silent_monitor() as monitor
        ):
            run = Run(plan, start, data, folder, monitor, accelerator.device)
            for stage in stages or STAGES:
                if stage in SHARED or accelerator.is_main_process:
                    STAGES[stage](run)
                accelerator.wait_for_everyone()
    except (GenerationError, OSError, SafetensorError) as error:
        raise click.ClickException(str(error)) from error


def _pictures(path: Path) -> Dataset:
    return load_webdataset(path) if path.is_dir() else load_csv(path)


if __name__ == "__main__":
    main()
