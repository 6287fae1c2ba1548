"""Peak memory of a side, measured in a process of its own."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import click
import torch

from bench.engine.ours import Ours
from bench.engine.peers import Theirs
from bench.engine.quiet import quiet
from bench.engine.workload import Workload

STEPS: Final = 2
"""Memory does not grow with the steps, so few will do."""

KIB: Final = 2**10


@dataclass(frozen=True, slots=True)
class Peaks:
    """The most bytes in use until the model is *loaded*, and *painted* with."""

    loaded: int
    painted: int


def measure(
    side: str, folder: Path, *, device: torch.device, pixels: int, pictures: int
) -> Peaks:
    """The peaks of one *side*, ours or theirs, painting *pictures* at once."""
    arguments = [side, str(folder), str(device), str(pixels), str(pictures)]
    answer = subprocess.run(  # noqa: S603  # this very program
        [sys.executable, "-m", "bench.engine.memory", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return Peaks(**json.loads(answer))


@click.command()
@click.argument("side", type=click.Choice(["ours", "theirs"]))
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("device", type=torch.device)
@click.argument("pixels", type=int)
@click.argument("pictures", type=int)
def main(
    side: str, folder: Path, device: torch.device, pixels: int, pictures: int
) -> None:
    """Paints, and prints the peaks as JSON."""
    quiet()
    tasks = Workload(side=pixels, steps=STEPS, prior_steps=STEPS).alike(pictures)
    if side == "ours":
        ours = Ours.load(folder, device)
        loaded = _peak(device)
        ours.pictures(tasks)
    else:
        theirs = Theirs.load(folder, device, usual(device))
        loaded = _peak(device)
        theirs.batch(tasks)
    click.echo(json.dumps(asdict(Peaks(loaded, _peak(device)))))


def usual(device: torch.device) -> torch.dtype:
    """The numbers that networks are kept in on *device*."""
    return torch.float32 if device.type == "cpu" else torch.bfloat16


def _peak(device: torch.device) -> int:
    """The most bytes this process had so far, on the *device* that it computes on.

    The kernel's account of a process, unlike getrusage's, begins anew with a program.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    status = Path("/proc/self/status").read_text("utf-8")
    [peak] = re.findall(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(peak) * KIB


if __name__ == "__main__":
    main()
