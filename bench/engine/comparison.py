"""The comparison of both sides with one model, and its report."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import torch

from bench.engine.memory import measure
from bench.engine.ours import Ours
from bench.engine.peers import Theirs, difference
from bench.engine.report import Line, Report
from bench.engine.roofline import Limits, Load, bottleneck, movq_load, unet_load
from bench.engine.timing import Runs, alternate
from bench.engine.workload import Workload

MANY: Final = 8
"""Pictures that are generated at once."""

MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps of the pictures, and rounds of the timing."""

    steps: int
    prior_steps: int
    rounds: int

    def __str__(self) -> str:
        return (
            f"{self.steps} steps, {self.prior_steps} of the prior, DDIM, "
            f"median of {self.rounds}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One model in *folder*, loaded by both sides."""

    folder: Path
    ours: Ours
    theirs: Theirs
    plan: Plan
    workload: Workload
    limits: Limits
    dtype: torch.dtype

    def report(self) -> Report:
        """Both sides, timed and weighed."""
        return Report(
            model=self.ours.engine.model,
            plan=f"{self.workload.side} pixels, {self.plan}",
            difference=self._difference(),
            lines=[*self._times(), *self._passes(), *self._memory()],
        )

    def _difference(self) -> int:
        task = self.workload.one()
        picture, embedding = self.ours.painted(task)
        return difference(picture, self.theirs.painted(task, embedding))

    def _times(self) -> Iterator[Line]:
        """Whole pictures, and the prior alone."""
        ours, theirs, workload = self.ours, self.theirs, self.workload
        rounds, few = self.plan.rounds, max(1, self.plan.rounds // 2)
        one = alternate(
            rounds, partial(workload.alike, 1), ours.pictures, theirs.pictures
        )
        yield _line("one picture", one.last())
        mixed = partial(workload.mixed, MANY)
        runs = alternate(few, mixed, ours.pictures, theirs.pictures)
        yield _line(f"{MANY} that differ: the last is done", runs.last())
        yield _line(f"{MANY} that differ: one is done, on average", runs.mean())
        alike = partial(workload.alike, MANY)
        runs = alternate(few, alike, ours.pictures, theirs.batch)
        yield _line(f"{MANY} alike, theirs in one batch", runs.last())
        runs = alternate(rounds, workload.one, ours.run_prior, theirs.run_prior)
        yield _line("prior alone", runs.last())

    def _passes(self) -> Iterator[Line]:
        """Single passes of the two large networks."""
        rounds = self.plan.rounds
        half = self.folder / "decoder"
        cells = self.workload.side // self.theirs.decoder.movq_scale_factor
        for pictures in (1, MANY):
            task = partial(self.workload.alike, pictures)
            runs = alternate(rounds, task, self.ours.step, self.theirs.step)
            load = unet_load(half / "unet", self.dtype, rows=2 * pictures)
            yield self._pass(f"U-Net, {2 * pictures} rows", runs, load)
        latent = torch.randn(1, 4, cells, cells, device=self.ours.device)
        runs = alternate(rounds, lambda: latent, self.ours.decode, self.theirs.decode)
        load = movq_load(half / "movq", self.dtype, cells=cells)
        yield self._pass("MoVQ, second half", runs, load)

    def _pass(self, what: str, runs: Runs, load: Load) -> Line:
        ours, theirs = runs.last()
        shares = load.shares(ours, self.limits)
        return Line(
            what=what,
            ours=ours,
            theirs=theirs,
            shares=(shares[0], load.shares(theirs, self.limits)[0]),
            bottleneck=bottleneck(*shares),
        )

    def _memory(self) -> Iterator[Line]:
        kind = "CUDA" if self.ours.device.type == "cuda" else "resident"
        for pictures in (1, MANY):
            ours, theirs = (
                measure(
                    side,
                    self.folder,
                    device=self.ours.device,
                    pixels=self.workload.side,
                    pictures=pictures,
                )
                for side in ("ours", "theirs")
            )
            if pictures == 1:
                yield _weight(f"{kind} memory, loading", ours.loaded, theirs.loaded)
            yield _weight(
                f"{kind} memory, painting {pictures}", ours.painted, theirs.painted
            )


def _line(what: str, seconds: tuple[float, float]) -> Line:
    ours, theirs = seconds
    return Line(what=what, ours=ours, theirs=theirs)


def _weight(what: str, ours: int, theirs: int) -> Line:
    return Line(what=what, ours=ours / MIB, theirs=theirs / MIB, unit="MiB")
