"""python -m bench.platform [--quick] [--json]."""

import json
import os
import platform
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import sleep
from typing import Final

import click

from bench.platform.measures import delays, quantile, shares
from bench.platform.running_site import RunningSite, running_site


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds before and of the measurement at rest, and the number of prompts."""

    rest: float
    idle: float
    prompts: int


USUAL: Final = Plan(rest=15, idle=60, prompts=40)
QUICK: Final = Plan(rest=2, idle=5, prompts=3)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure."""

    what: str
    figure: float
    unit: str


@click.command(help="Measures a site at rest, and how soon a prompt is claimed.")
@click.option("--quick", is_flag=True, help="Short: to see that it runs.")
@click.option("--broker", default="memory://", help="VERNISSAGE_BROKER_URL.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(quick: bool, broker: str, as_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Starts a site with every process that it can have, and measures it."""
    plan = QUICK if quick else USUAL
    where = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python"
        f" {platform.python_version()}; load before {os.getloadavg()[0]:.1f}"
    )
    with TemporaryDirectory(prefix="bench-") as folder:
        settings = _settings(Path(folder), broker)
        with running_site(Path(folder), settings) as site:
            lines = list(_lines(site, plan))
    if as_json:
        found = {"machine": where, "lines": [asdict(line) for line in lines]}
        click.echo(json.dumps(found))
        return
    click.echo(where)
    for line in lines:
        click.echo(f"{line.what:<58} {line.figure:>10,.4g} {line.unit}")


def _lines(site: RunningSite, plan: Plan) -> Iterator[Line]:
    site.settled(site.submit("a red fox"))  # whatever is loaded late is loaded now
    sleep(plan.rest)
    found = shares(site, plan.idle)
    for role, share in found.items():
        yield Line(f"at rest, {role}", share, "% of a core")
    yield Line("at rest, all together", sum(found.values()), "% of a core")
    for state, took in delays(site, plan.prompts).items():
        yield Line(f"until {state} begins, median", median(took), "ms")
        yield Line(f"until {state} begins, 95 %", quantile(took, 0.95), "ms")


def _settings(folder: Path, broker: str) -> dict[str, str]:
    (folder / "datasets").mkdir()
    return {
        "VERNISSAGE_BROKER_URL": broker,
        "VERNISSAGE_DATASETS": str(folder / "datasets"),
        "VERNISSAGE_HOME": str(folder / "var"),
        "VERNISSAGE_PORT": str(_free_port()),
        "VERNISSAGE_SUBMISSIONS_PER_MINUTE": "1000",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
