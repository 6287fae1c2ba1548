"""python -m bench.training [--quick] [--json] [--cores N] [--plan FILE]."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from generation.training.__main__ import PLAN


@dataclass(frozen=True, slots=True)
class Line:
    """Pictures a second of one stage, of ours and of the plain loop."""

    stage: str
    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        """Ours over the plain loop."""
        return self.ours / self.plain


@click.command(help="Times the stages of a training beside a plain loop.")
@click.option("--quick", is_flag=True, help="Once, to see that it runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--cores",
    type=click.IntRange(1),
    default=len(os.sched_getaffinity(0)),
    show_default="all",
    help="Processor cores to use.",
)
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
    cores: int,
    plan_file: Path,
) -> None:
    """Lets both sides take a few steps of each stage, and prints the medians."""
    load, date = os.getloadavg()[0], datetime.now(UTC).date()
    where = f"{cores} cores, load {load:.1f}, {date}"
    lines = compared(plan_file, cores=cores, steps=1 if quick else 5)
    if as_json:
        facts = [{**asdict(line), "ratio": line.ratio} for line in lines]
        click.echo(json.dumps({"where": where, "lines": facts}))
    else:
        Console().print(_table(lines, where))


def compared(plan_file: Path, *, cores: int, steps: int) -> list[Line]:
    """Pictures a second of each stage of the plan, by the median of some *steps*.

    Ours shares every step among as many processes as there are *cores*, the plain loop
    is one process with as many threads.
    """
    wishes = [f"--plan={plan_file}", f"--steps={steps}"]
    torchrun = ["torch.distributed.run", "--standalone", f"--nproc-per-node={cores}"]
    ours = _paces([*torchrun, "-m"], ["ours", "--threads=1", *wishes])
    plain = _paces([], ["plain", f"--threads={cores}", *wishes])
    return [Line(stage, pace, plain[stage]) for stage, pace in ours.items()]


def _paces(launcher: Sequence[str], wishes: Sequence[str]) -> dict[str, float]:
    command = [sys.executable, "-m", *launcher, "bench.training.throughput", *wishes]
    done = subprocess.run(  # noqa: S603  # this very program
        command, check=True, stdout=subprocess.PIPE
    )
    paces: dict[str, float] = json.loads(done.stdout)
    return paces


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
