"""python -m generation.evaluation [--weights FOLDER] [--prompts N] [--seed S]."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Final

import click
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from generation.engine import Engine
from generation.errors import GenerationError
from generation.evaluation.judge import Judge
from generation.evaluation.measurement import Measurement
from generation.evaluation.prompts import questions
from generation.evaluation.report import Report, summed
from generation.evaluation.sheet import sheet
from generation.recipe import Recipe
from generation.world.vocabulary import things

BUNDLED: Final = Path(str(files("generation"))) / "bundled" / "kandinsky-mini"


@click.command(help="Measures how well a model of the rendered world listens.")
@click.option(
    "--weights",
    type=click.Path(path_type=Path, exists=True),
    default=BUNDLED,
    help="A model's folder; kandinsky-mini by default.",
)
@click.option("--prompts", type=click.IntRange(1), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--steps", type=click.IntRange(1), help="Decoder steps.")
@click.option("--threads", type=click.IntRange(1), help="Processor cores to use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--sheet", "page", type=click.Path(path_type=Path), help="A PNG to write."
)
def main(  # noqa: PLR0913, PLR0917  # one per option
    weights: Path,
    prompts: int,
    seed: int,
    steps: int | None,
    threads: int | None,
    as_json: bool,  # noqa: FBT001  # click passes flags by name
    page: Path | None,
) -> None:
    """Paints the prompts, judges the pictures and prints the shares."""
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        engine, judge = Engine.load(weights), Judge.of(weights)
    except GenerationError as error:
        raise click.ClickException(str(error)) from error
    first = engine.recipe(seed=seed, aspect="1:1", steps=steps)
    asked = questions(things(), count=prompts, seed=seed)
    results = Measurement(engine, judge).answer(asked, _recipes(first))
    console = Console(stderr=True)
    done = list(track(results, "Painting", total=len(asked), console=console))
    report = summed(engine.model, [answer for answer, _ in done])
    if page is not None:
        sheet([picture for _, picture in done]).save(page)
    if as_json:
        click.echo(json.dumps(report.facts(), ensure_ascii=False))
    else:
        Console().print(_table(report))


def _recipes(first: Recipe) -> Iterator[Recipe]:
    """The same recipe with one seed after another."""
    while True:
        yield first
        first = replace(first, seed=first.seed + 1)


def _table(report: Report) -> Table:
    table = Table(title=f"{report.model}: {report.seconds:.2f} s per picture")
    for column in ("language", "pictures", "background right", "object beats 9"):
        table.add_column(column)
    for name, share in {**report.by_language, "all": report.all}.items():
        table.add_row(
            name, str(share.pictures), f"{share.background:.1%}", f"{share.thing:.1%}"
        )
    return table


if __name__ == "__main__":
    main()
