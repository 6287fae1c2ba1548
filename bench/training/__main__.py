"""python -m bench.training [--quick] [--json] [--threads N] [--plan FILE]."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import click
import torch
from rich.console import Console
from rich.table import Table

from bench.engine.quiet import quiet
from bench.training import ours, plain
from bench.training.ours import Step
from bench.training.workshop import Workshop, workshop
from generation.training.__main__ import PLAN


@dataclass(frozen=True, slots=True)
class Line:
    """Pictures a second of one stage, of ours and of the plain loop."""

    stage: str
    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.ours / self.plain


@click.command(help="Times the stages of a training beside a plain loop.")
@click.option("--quick", is_flag=True, help="Once, to see that it runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--threads", type=click.IntRange(1), help="Processor cores to use.")
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, exists=True),
    default=PLAN,
    help="A TOML file; kandinsky-mini's by default.",
)
def main(
    quick: bool,  # noqa: FBT001  # click passes flags by name
    as_json: bool,  # noqa: FBT001
    threads: int | None,
    plan_file: Path,
) -> None:
    """Takes a few steps of each stage, in turns, and prints the medians."""
    if threads is not None:
        torch.set_num_threads(threads)
    quiet()
    load, date = os.getloadavg()[0], datetime.now(UTC).date()
    where = (
        f"{torch.get_num_threads()} threads, {clock()} time, load {load:.1f}, {date}"
    )
    with workshop(plan_file) as shop:
        lines = compared(shop, rounds=1 if quick else 3)
    if as_json:
        facts = [{**asdict(line), "ratio": line.ratio} for line in lines]
        click.echo(json.dumps({"where": where, "lines": facts}))
    else:
        Console().print(_table(lines, where))


def compared(shop: Workshop, *, rounds: int) -> list[Line]:
    """Pictures a second of each stage, by the median of some *rounds* in turns.

    A round before them counts for nothing: it warms both up.
    """
    lines = []
    for stage in ours.STAGES:
        pictures = shop.plan.schedules[stage].batch
        sides = [side.STAGES[stage](shop, pictures) for side in (ours, plain)]
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(rounds + 1):
            for step, seconds in zip(sides, taken, strict=True):
                spent = _timed(step, number)
                if number:
                    seconds.append(spent)
        lines.append(Line(stage, *(pictures / median(one) for one in taken)))
    return lines


def clock() -> str:
    """Which time counts: that of the processor where one thread does it all."""
    return "processor" if torch.get_num_threads() == 1 else "wall"


def _timed(step: Step, number: int) -> float:
    now = process_time if clock() == "processor" else perf_counter
    began = now()
    step(number)
    return now() - began


def _table(lines: list[Line], where: str) -> Table:
    table = Table(title="Pictures a second", caption=where, title_justify="left")
    table.add_column("stage")
    for column in ("ours", "plain loop", "ratio"):
        table.add_column(column, justify="right")
    for line in lines:
        table.add_row(
            line.stage, f"{line.ours:.0f}", f"{line.plain:.0f}", f"{line.ratio:.2f}"
        )
    return table


if __name__ == "__main__":
    main()
