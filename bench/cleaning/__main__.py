"""python -m bench.cleaning [--quick] [--json]."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from math import nan
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final

import click

from bench.cleaning import baseline, decision_log, job_pipeline, replay_job
from bench.cleaning.job_pipeline import memory_after_shards
from bench.cleaning.photo_shards import jpegs, shards
from bench.moderation.__main__ import Figure
from bench.moderation.__main__ import machine as processor
from datasets_cleaning.engines.local import LocalEngine
from datasets_cleaning.engines.ray import RayEngine
from datasets_cleaning.errors import EngineError
from datasets_cleaning.protocols import Engine, Phase, Task
from moderation import Policy, PromptGate
from moderation.bundled import bundled_classifiers


@dataclass(frozen=True, slots=True)
class Plan:
    """Amounts to clean, and rounds to time."""

    shards: int
    pairs: int
    rounds: int
    replayed: int
    flat: int
    logged: int


USUAL: Final = Plan(
    shards=2, pairs=150, rounds=5, replayed=5_000_000, flat=8, logged=10
)
QUICK: Final = Plan(shards=1, pairs=20, rounds=1, replayed=100_000, flat=4, logged=1)


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


def _lines(plan: Plan, folder: Path) -> Iterator[Figure]:
    for name in ("in", "many"):
        (folder / name).mkdir()
    paths = shards(folder / "in", count=plan.shards, pairs=plan.pairs)
    sizes = [len(data) for data in jpegs(plan.pairs)]
    yield Figure("a picture", sum(sizes) / len(sizes) / 1000, "kB")
    yield from on_stage(plan, paths, folder)
    yield from on_decoding(plan)
    yield from on_walking(plan, paths)
    yield from on_workers(plan, folder)
    yield from on_memory(plan, folder)
    took, spent = replay_job.replay_times(folder / "job", plan.replayed, plan.rounds)
    yield Figure(f"replay of {plan.replayed:,} decisions", took, "s, wall clock")
    yield Figure("   of its two threads together", spent, "s, processor time")
    yield from on_log(plan)
    yield from on_ray(plan, folder)


def on_stage(plan: Plan, paths: list[Path], folder: Path) -> Iterator[Figure]:
    """Read, SHA-256, scaled decode, PDQ, caption gate, ledger."""
    gate = PromptGate(classifiers=bundled_classifiers(), policy=Policy.bundled())
    ledger, source, out = folder / "usual.parquet", paths[0].parent, folder / "out"
    sides = [
        partial(baseline.judge_all, paths, gate, ledger),
        partial(job_pipeline.judge_all, source, job_pipeline.measurer(cut=False), out),
        partial(job_pipeline.judge_all, source, job_pipeline.measurer(cut=True), out),
    ]
    count = plan.shards * plan.pairs
    theirs, bare, cut = (count / took for took in in_turns(sides, plan.rounds))
    yield Figure("the whole stage, usual loop", theirs, "pictures/s")
    yield Figure("the whole stage, ours", bare, "pictures/s")
    yield Figure("   times the usual loop", bare / theirs, "x")
    yield Figure("   with both views cut for the encoder", cut, "pictures/s")
    yield Figure("   times the usual loop, which cuts one", cut / theirs, "x")


def on_decoding(plan: Plan) -> Iterator[Figure]:
    """From a file to what the encoder is shown; a few are decoded twice."""
    pictures = jpegs(plan.pairs)
    every = round(1 / job_pipeline.GUARDED)
    sides: list[Callable[[], object]] = [
        lambda: [baseline.square(data) for data in pictures],
        lambda: [
            job_pipeline.cut_middle(data, again=place % every == 0)
            for place, data in enumerate(pictures)
        ],
        lambda: [
            job_pipeline.cut_views(data, again=place % every == 0)
            for place, data in enumerate(pictures)
        ],
    ]
    found = (len(pictures) / took for took in in_turns(sides, plan.rounds))
    theirs, one, both = found
    again = f"{job_pipeline.GUARDED:.0%} of them again, exactly"
    yield Figure("decoding, Pillow and bicubic, the middle", theirs, "pictures/s")
    yield Figure(f"decoding, ours, the middle, {again}", one, "pictures/s")
    yield Figure("   times Pillow", one / theirs, "x")
    yield Figure(f"decoding, ours, both views, {again}", both, "pictures/s")
    yield Figure("   times Pillow, which makes one", both / theirs, "x")


def on_walking(plan: Plan, paths: list[Path]) -> Iterator[Figure]:
    """Every byte of every file of a tar, from the page cache."""
    sides = [
        partial(baseline.walk_all, paths),
        partial(job_pipeline.walk_all, paths[0].parent),
    ]
    count = plan.shards * plan.pairs
    theirs, own = (count / took for took in in_turns(sides, plan.rounds))
    yield Figure("tar walk, webdataset", theirs, "pairs/s")
    yield Figure("tar walk, ours", own, "pairs/s")
    yield Figure("   times webdataset", own / theirs, "x")


def on_workers(plan: Plan, folder: Path) -> Iterator[Figure]:
    """The whole stage by one process and by one for each core; wall clock."""
    shards(folder / "many", count=plan.flat, pairs=plan.pairs)
    yield from _scaling("worker", LocalEngine, plan, folder)


def on_ray(plan: Plan, folder: Path) -> Iterator[Figure]:
    """The same by Ray, which stays until this process ends."""
    quiet = {"include_dashboard": False, "log_to_driver": False}
    options = {**quiet, "num_cpus": cores(), "logging_level": "ERROR"}
    engine = partial(_ray, options)
    try:
        yield from _scaling("Ray worker", engine, plan, folder)
    except EngineError as error:
        yield Figure(f"Ray workers: not measured, {error}", nan, "")


def _ray(options: Mapping[str, Any], workers: int) -> Engine:
    return RayEngine(workers=workers, options=options)


def _scaling(
    who: str, engine: Callable[[int], Engine], plan: Plan, folder: Path
) -> Iterator[Figure]:
    """The rate of one worker, and that of one for each core."""
    alone, together = (
        _rate(engine(workers), plan, folder, to=f"{who} {workers}", workers=workers)
        for workers in (1, cores())
    )
    yield Figure(f"one {who}", alone, "pictures/s, wall clock")
    yield Figure(f"{cores()} {who}s", together, "pictures/s, wall clock")
    yield Figure(f"   times one {who}", together / alone, "x")


def _rate(engine: Engine, plan: Plan, folder: Path, *, to: str, workers: int) -> float:
    """Pictures per second once all *workers* have done a shard; nan if one did none."""
    tasks = [Task(phase=Phase.JUDGE, number=number) for number in range(plan.flat)]
    run_task, ends = job_pipeline.BenchWorker(folder / "many", folder / to), []
    seen: set[int] = set()
    late = 0
    for done in engine.run(tasks, run_task):
        if done.manifest is None:
            raise RuntimeError(done.problem)
        ends.append(perf_counter())
        if len(seen) < workers:
            seen.add(done.manifest["process"])
            late = len(ends) - 1
    if len(seen) < workers or late == len(ends) - 1:
        return nan
    return (len(ends) - 1 - late) * plan.pairs / (ends[-1] - ends[late])


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0))


def on_memory(plan: Plan, folder: Path) -> Iterator[Figure]:
    """Memory of a fresh process after its second shard, and after its last."""
    with get_context("spawn").Pool(1) as pool:
        found = pool.apply(
            memory_after_shards, (folder / "many", folder / "memory", plan.flat)
        )
    yield Figure("memory after two shards", found[1] / 2**20, "MiB")
    yield Figure(f"   more after {plan.flat}", (found[-1] - found[1]) / 2**20, "MiB")


def on_log(plan: Plan) -> Iterator[Figure]:
    """Drops into a PostgreSQL of this machine that doesn't wait for the disk."""
    found = decision_log.log_rates(plan.logged, plan.rounds)
    if found is None:
        yield Figure("decision log: not measured, PostgreSQL is not installed", nan, "")
        return
    own, theirs = found
    yield Figure("decision log, INSERT of many rows", theirs, "rows/s, wall clock")
    yield Figure("decision log, ours", own, "rows/s, wall clock")
    yield Figure("   times the usual way", own / theirs, "x")


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
