"""python -m bench.cleaning [--quick] [--json]."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Final

import click

from bench.cleaning import ours, records, usual
from bench.cleaning.memory import held
from bench.cleaning.shards import jpegs, shards
from bench.moderation.__main__ import Line
from bench.moderation.__main__ import machine as processor
from datasets_cleaning.engines.local import LocalEngine
from datasets_cleaning.protocols import Phase, Task
from moderation import Policy, PromptGate
from moderation.text.bundled import bundled_classifiers


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is cleaned, and how often."""

    shards: int
    pairs: int
    rounds: int
    replayed: int
    flat: int


USUAL: Final = Plan(shards=2, pairs=150, rounds=5, replayed=5_000_000, flat=8)
QUICK: Final = Plan(shards=1, pairs=20, rounds=1, replayed=100_000, flat=4)


@click.command(help="Times cleaning beside the usual loop, on one core.")
@click.option("--quick", is_flag=True, help="Small, once: to see that it runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(quick: bool, as_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Makes shards, and cleans them in both ways, in turns."""
    plan = QUICK if quick else USUAL
    where = (
        f"{processor()}, webdataset {version('webdataset')}, Pillow"
        f" {version('pillow')}; load before {os.getloadavg()[0]:.1f}"
    )
    with TemporaryDirectory(prefix="bench-") as folder:
        lines = _lines(plan, Path(folder))
        if as_json:
            found = {"machine": where, "lines": [asdict(line) for line in lines]}
            click.echo(json.dumps(found))
            return
        click.echo(where)
        for line in lines:
            click.echo(f"{line.what:<62} {line.figure:>10,.4g} {line.unit}")


def _lines(plan: Plan, folder: Path) -> Iterator[Line]:
    (folder / "in").mkdir()
    paths = shards(folder / "in", count=plan.shards, pairs=plan.pairs)
    sizes = [len(data) for data in jpegs(plan.pairs)]
    yield Line("a picture", sum(sizes) / len(sizes) / 1000, "kB")
    yield from on_stage(plan, paths, folder)
    yield from on_decoding(plan)
    yield from on_walking(plan, paths)
    yield from on_workers(plan, folder)
    yield from on_memory(plan, folder)
    took, spent = records.replayed(folder / "job", plan.replayed, plan.rounds)
    yield Line(f"replay of {plan.replayed:,} decisions", took, "s, wall clock")
    yield Line("   of its two threads together", spent, "s, processor time")


def on_stage(plan: Plan, paths: list[Path], folder: Path) -> Iterator[Line]:
    """Read, SHA-256, scaled decode, PDQ, caption gate, ledger."""
    gate = PromptGate(
        name="bench", classifiers=bundled_classifiers(), policy=Policy.bundled()
    )
    ledger, source, out = folder / "usual.parquet", paths[0].parent, folder / "out"
    sides = [
        partial(usual.judged, paths, gate, ledger),
        partial(ours.judged, source, ours.judge(cut=False), out),
        partial(ours.judged, source, ours.judge(cut=True), out),
    ]
    count = plan.shards * plan.pairs
    theirs, bare, cut = (count / took for took in in_turns(sides, plan.rounds))
    yield Line("the whole stage, usual loop", theirs, "pictures/s")
    yield Line("the whole stage, ours", bare, "pictures/s")
    yield Line("   times the usual loop", bare / theirs, "x")
    yield Line("   with both views cut for the encoder", cut, "pictures/s")
    yield Line("   times the usual loop, which cuts one", cut / theirs, "x")


def on_decoding(plan: Plan) -> Iterator[Line]:
    """From a file to what the encoder is shown; a few are decoded twice."""
    pictures = jpegs(plan.pairs)
    every = round(1 / ours.GUARDED)
    sides: list[Callable[[], object]] = [
        lambda: [usual.square(data) for data in pictures],
        lambda: [
            ours.middle(data, again=place % every == 0)
            for place, data in enumerate(pictures)
        ],
        lambda: [
            ours.shown(data, again=place % every == 0)
            for place, data in enumerate(pictures)
        ],
    ]
    found = (len(pictures) / took for took in in_turns(sides, plan.rounds))
    theirs, one, both = found
    again = f"{ours.GUARDED:.0%} of them again, exactly"
    yield Line("decoding, Pillow and bicubic, the middle", theirs, "pictures/s")
    yield Line(f"decoding, ours, the middle, {again}", one, "pictures/s")
    yield Line("   times Pillow", one / theirs, "x")
    yield Line(f"decoding, ours, both views, {again}", both, "pictures/s")
    yield Line("   times Pillow, which makes one", both / theirs, "x")


def on_walking(plan: Plan, paths: list[Path]) -> Iterator[Line]:
    """Every byte of every file of a tar, from the page cache."""
    sides = [partial(usual.walked, paths), partial(ours.walked, paths[0].parent)]
    count = plan.shards * plan.pairs
    theirs, own = (count / took for took in in_turns(sides, plan.rounds))
    yield Line("tar walk, webdataset", theirs, "pairs/s")
    yield Line("tar walk, ours", own, "pairs/s")
    yield Line("   times webdataset", own / theirs, "x")


def on_workers(plan: Plan, folder: Path) -> Iterator[Line]:
    """The whole stage by one process and by one for each core; wall clock."""
    cores = len(os.sched_getaffinity(0))
    source = folder / "many"
    source.mkdir()
    shards(source, count=plan.flat, pairs=plan.pairs)
    alone = _rate(source, folder / "alone", plan, workers=1)
    together = _rate(source, folder / "together", plan, workers=cores)
    yield Line("one worker", alone, "pictures/s, wall clock")
    yield Line(f"{cores} workers", together, "pictures/s, wall clock")
    yield Line("   times one worker", together / alone, "x")


def _rate(source: Path, to: Path, plan: Plan, *, workers: int) -> float:
    """Pictures per second once every worker has done its first shard."""
    tasks = [Task(phase=Phase.JUDGE, number=number) for number in range(plan.flat)]
    work, ends = ours.Work(source, to), []
    for done in LocalEngine(workers).run(tasks, work):
        if done.manifest is None:
            raise RuntimeError(done.problem)
        ends.append(perf_counter())
    late = ends[min(workers, len(ends) - 1) - 1]
    return (len(ends) - ends.index(late) - 1) * plan.pairs / (ends[-1] - late + 1e-9)


def on_memory(plan: Plan, folder: Path) -> Iterator[Line]:
    """What a fresh process holds after its second shard, and after its last."""
    with get_context("spawn").Pool(1) as pool:
        found = pool.apply(held, (folder / "many", folder / "memory", plan.flat))
    yield Line("memory after two shards", found[1] / 2**20, "MiB")
    yield Line(f"   more after {plan.flat}", (found[-1] - found[1]) / 2**20, "MiB")


def in_turns(sides: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The median processor time of each of *sides*, one after the other each round.

    A round before them warms up and counts for nothing.
    """
    took: list[list[float]] = [[] for _ in sides]
    for count in range(rounds + 1):
        for side, own in zip(sides, took, strict=True):
            began = process_time()
            side()
            if count:
                own.append(process_time() - began)
    return [median(own) for own in took]


if __name__ == "__main__":
    main()
