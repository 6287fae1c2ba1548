"""python -m bench.engine [--quick] [--json] [--threads N] [--model NAME]."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

import click
import torch
from rich.console import Console

from bench.engine.comparison import Comparison, Plan
from bench.engine.machine import Machine
from bench.engine.memory import usual
from bench.engine.models import BUNDLED, FULL, MID, Size, save
from bench.engine.ours import Ours
from bench.engine.peers import Theirs
from bench.engine.quiet import quiet
from bench.engine.roofline import Limits
from bench.engine.workload import Workload

MODELS: Final[Mapping[str, tuple[Size | None, Plan]]] = MappingProxyType(
    {
        "mini": (None, Plan(steps=25, prior_steps=25, rounds=7)),
        "mid": (MID, Plan(steps=10, prior_steps=5, rounds=3)),
        "full": (FULL, Plan(steps=50, prior_steps=25, rounds=5)),
    }
)
"""kandinsky-mini as it is bundled, and random weights of two sizes.

The steps divide 1000. Where they do not, diffusers' DDIM ends a step on another
timestep than it begins the next one with, and the pictures differ.
"""

QUICK: Final = Plan(steps=4, prior_steps=4, rounds=1)


@click.command(help="Times the engine beside diffusers' pipelines.")
@click.option("--quick", is_flag=True, help="Few steps, once: to see that it runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--threads", type=click.IntRange(1), help="Processor cores to use.")
@click.option(
    "--model",
    "models",
    type=click.Choice(list(MODELS)),
    multiple=True,
    help="By default mini and mid on a CPU, and full on a GPU.",
)
def main(
    quick: bool,  # noqa: FBT001  # click passes flags by name
    as_json: bool,  # noqa: FBT001
    threads: int | None,
    models: tuple[str, ...],
) -> None:
    """Compares both sides with one model after the other."""
    if threads is not None:
        torch.set_num_threads(threads)
    quiet()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    usually = ("full",) if device.type == "cuda" else ("mini", "mid")
    limits = Limits.of(device, usual(device))
    machine = Machine.here(device, usual(device), limits)
    console = Console(stderr=as_json)
    console.print(str(machine))
    reports = []
    for name in models or usually:
        size, plan = MODELS[name]
        with _weights(size, device) as folder:
            compared = _comparison(folder, device, limits, QUICK if quick else plan)
            reports.append(compared.report())
        console.print(reports[-1].table())
    if as_json:
        facts = [report.facts() for report in reports]
        click.echo(json.dumps({"machine": asdict(machine), "reports": facts}))


@contextmanager
def _weights(size: Size | None, device: torch.device) -> Iterator[Path]:
    """A folder with a model of *size* for as long as it is needed."""
    if size is None:
        yield BUNDLED
        return
    with TemporaryDirectory() as folder:
        yield save(size, Path(folder) / size.name, device=device, dtype=usual(device))


def _comparison(
    folder: Path, device: torch.device, limits: Limits, plan: Plan
) -> Comparison:
    ours = Ours.load(folder, device)
    return Comparison(
        folder=folder,
        ours=ours,
        theirs=Theirs.load(folder, device, usual(device)),
        plan=plan,
        workload=Workload(
            side=ours.engine.side, steps=plan.steps, prior_steps=plan.prior_steps
        ),
        limits=limits,
        dtype=usual(device),
    )


if __name__ == "__main__":
    main()
