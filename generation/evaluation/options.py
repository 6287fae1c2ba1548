"""The options that all commands share, and the trial that they describe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import click
import torch
from rich.console import Console
from rich.progress import Progress

from generation.engine import Engine
from generation.errors import GenerationError
from generation.evaluation.experiment import Trial
from generation.evaluation.features import ClipSight, InceptionSight, Sight
from generation.evaluation.holdout import Shown, Source, World
from generation.evaluation.image_cache import Album
from generation.evaluation.judges import Judge
from generation.evaluation.template_match import Likeness
from generation.recipe import SamplerKind
from generation.training.shards import shards
from generation.training.table import table
from generation.world.renderer import FONT, Renderer

BUNDLED: Final = Path(str(files("generation"))) / "bundled" / "kandinsky-mini"
PICTURES: Final = "pictures"

_Command = TypeVar("_Command", bound=Callable[..., Any])
_There: Final = click.Path(path_type=Path, exists=True)
_OPTIONS: Final = (
    click.option(
        "--weights",
        type=_There,
        default=BUNDLED,
        help="A model's folder; kandinsky-mini by default.",
    ),
    click.option(
        "--count",
        type=click.IntRange(4),
        default=100,
        show_default=True,
        help="Pictures of each kind.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True),
    click.option("--steps", type=click.IntRange(1), help="Decoder steps."),
    click.option("--sampler", type=click.Choice([kind.value for kind in SamplerKind])),
    click.option("--device", default="cpu", show_default=True),
    click.option("--threads", type=click.IntRange(1), help="Processor cores to use."),
    click.option(
        "--whole-world",
        is_flag=True,
        help="Measure distances on all kinds of scenes, not on lone things alone.",
    ),
    click.option(
        "--data",
        type=_There,
        help="Measure distances on these instead: a CSV file with image_name and"
        " caption, or a folder of webdataset tars.",
    ),
    click.option(
        "--inception",
        type=_There,
        help="Weights for FID as pytorch-fid has them; else the model's own CLIP.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the options say."""

    weights: Path
    count: int
    seed: int
    steps: int | None
    sampler: str | None
    device: str
    threads: int | None
    whole_world: bool
    data: Path | None
    inception: Path | None


def shared(command: _Command) -> _Command:
    """*command* with all options that describe a trial."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def on_trial(folder: Path | None, wishes: Wishes) -> Iterator[Trial]:
    """The trial that *wishes* describe; pictures stay in *folder*, if there is one.

    What goes wrong on purpose ends the command with one clear line.
    """
    if wishes.threads is not None:
        torch.set_num_threads(wishes.threads)
    try:
        with (
            TemporaryDirectory() as passing,
            Progress(console=Console(stderr=True)) as bars,
        ):
            yield _trial(folder or Path(passing), wishes, bars)
    except GenerationError as error:
        raise click.ClickException(str(error)) from error


def _trial(folder: Path, wishes: Wishes, bars: Progress) -> Trial:
    engine = Engine.load(wishes.weights, device=wishes.device)
    recipe = engine.recipe(seed=wishes.seed, aspect="1:1", steps=wishes.steps)
    if wishes.sampler is not None:
        recipe = replace(recipe, sampler=SamplerKind(wishes.sampler))
    judge, renderer = Judge(engine.pipeline.prior_pipeline), Renderer(FONT)
    return Trial(
        engine=engine,
        judge=judge,
        likeness=Likeness(renderer),
        sight=_sight(wishes, judge),
        source=_source(wishes, renderer),
        album=Album(engine, folder / PICTURES, bars),
        recipe=recipe,
        count=wishes.count,
        folder=folder,
    )


def _sight(wishes: Wishes, judge: Judge) -> Sight:
    if wishes.inception is not None:
        return InceptionSight.load(wishes.inception)
    return ClipSight(judge)


def _source(wishes: Wishes, renderer: Renderer) -> Source:
    path = wishes.data
    if path is None:
        return World.of(renderer, whole=wishes.whole_world, seed=wishes.seed)
    return Shown(shards(path) if path.is_dir() else table(path), path.name)
