"""python -m bench.engine.kernels [--quick] [--model NAME]: the gain of each kernel.

Each is timed against torch's own layer in one process, by turns, on one thread and by
processor time, so that other processes matter little.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from types import MappingProxyType
from typing import Any, Final

import click
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional

from bench.engine.models import BUNDLED, MID, save
from bench.engine.quiet import quiet
from generation.engine import Engine
from generation.kernels.convolution import Convolution
from generation.kernels.movq_layers import SpatialNorm
from generation.recipe import SamplerKind
from generation.regimes import text_to_image

ROUNDS: Final = 9
STEPS: Final = 4
PROMPT: Final = "a cat on a red background"


def _spatial_norm(self: SpatialNorm, x: Tensor, latent: Tensor) -> Tensor:
    """Scale and shift computed for each pixel, as diffusers does."""
    grown = functional.interpolate(
        latent.permute(0, 3, 1, 2), size=x.shape[-2:], mode="nearest"
    )
    modulation = functional.linear(grown.permute(0, 2, 3, 1), self.weight, self.bias)
    scale, shift = modulation.permute(0, 3, 1, 2).chunk(2, 1)
    return self.norm(x) * scale + shift


@dataclass(frozen=True, slots=True)
class Replacement:
    """A *method* of a *kind* of layer, and a plain one in its place."""

    kind: type[Any]
    method: str
    plain: Callable[..., Any]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Computes by the plain method as long as this is entered."""
        kernel = getattr(self.kind, self.method)
        setattr(self.kind, self.method, self.plain)
        try:
            yield
        finally:
            setattr(self.kind, self.method, kernel)


KERNELS: Final[Mapping[str, Replacement]] = MappingProxyType(
    {
        "Winograd": Replacement(Convolution, "_interpolated", lambda _self, _x: False),
        "spatial normalisation": Replacement(SpatialNorm, "__call__", _spatial_norm),
    }
)
"""By name."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One engine, and the three things to time: picture, step and MoVQ's decoder."""

    engine: Engine

    def picture(self) -> float:
        """Seconds of a whole picture of `STEPS` steps."""
        recipe = replace(self.engine.recipe(seed=1, aspect="1:1"), steps=STEPS)
        recipe = replace(recipe, sampler=SamplerKind.DPM, prior_steps=STEPS)
        started = process_time()
        request = self.engine.run_prior(text_to_image(PROMPT), recipe)
        self.engine.run_decoder(request, lambda _done, _steps: None)
        return process_time() - started

    def step(self) -> float:
        """Seconds of one guided step of the U-Net."""
        recipe = self.engine.recipe(seed=1, aspect="1:1", steps=2)
        request = self.engine.run_prior(text_to_image(PROMPT), recipe)
        self.engine.decode(request)
        started = process_time()
        self.engine.tick()
        seconds = process_time() - started
        self.engine.cancel(request)
        return seconds

    @torch.inference_mode()
    def movq(self) -> float:
        """Seconds of MoVQ's decoder for one latent."""
        geometry = self.engine.pipeline.geometry
        rows, columns = geometry.cells(self.engine.side, self.engine.side)
        latent = torch.zeros(1, geometry.channels, rows, columns)
        started = process_time()
        self.engine.pipeline.autoencoder.decode(latent, quantised=False)
        return process_time() - started


def gain(
    kernel: Replacement, timed: Callable[[], float], *, rounds: int
) -> tuple[float, float]:
    """The least seconds with *kernel* and without it, over *rounds* by turns."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        ours = timed()
        with kernel.applied():
            plain = timed()
        if number:  # the first round warms up
            seconds[0].append(ours)
            seconds[1].append(plain)
    return min(seconds[0]), min(seconds[1])


@click.command(help="Times the engine with and without each of its kernels.")
@click.option("--quick", is_flag=True, help="Once: to see that it runs.")
@click.option(
    "--model",
    "models",
    type=click.Choice(["mini", "mid"]),
    multiple=True,
    default=("mini", "mid"),
    show_default=True,
)
def main(quick: bool, models: Sequence[str]) -> None:  # noqa: FBT001  # click's way
    """Prints seconds with each kernel, and how many times longer it takes without."""
    torch.set_num_threads(1)
    quiet()
    for name in models:
        with TemporaryDirectory() as folder:
            weights = BUNDLED
            if name == "mid":
                cpu = torch.device("cpu")
                weights = save(
                    MID, Path(folder) / "mid", device=cpu, dtype=torch.float32
                )
            subject = Subject(Engine.load(weights))
            Console().print(_table(name, subject, rounds=1 if quick else ROUNDS))


def _table(name: str, subject: Subject, *, rounds: int) -> Table:
    table = Table(
        title=f"{name}: seconds with the kernel, and times as long without it",
        title_justify="left",
    )
    table.add_column("kernel")
    for column in ("picture", "U-Net step", "MoVQ decoder"):
        table.add_column(column, justify="right")
    for label, kernel in KERNELS.items():
        pairs = (
            gain(kernel, timed, rounds=rounds)
            for timed in (subject.picture, subject.step, subject.movq)
        )
        table.add_row(
            label, *(f"{ours:.4f}, {plain / ours:.2f}" for ours, plain in pairs)
        )
    return table


if __name__ == "__main__":
    main()
