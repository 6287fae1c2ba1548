"""Processor share of a site at rest, and the delay before a worker begins."""

import time
from collections.abc import Sequence
from datetime import timedelta
from math import ceil

import psutil  # type: ignore[import-untyped]  # it has no types

from bench.platform.running_site import RunningSite

STAGES = (("submitted", "screening"), ("queued", "painting"))


def shares(site: RunningSite, seconds: float) -> dict[str, float]:
    """Percent of one core that each kind of process takes over *seconds*."""
    processes = site.processes()
    before, began = _spent(processes), time.monotonic()
    time.sleep(seconds)
    after, took = _spent(processes), time.monotonic() - began
    return {role: 100 * (after[role] - before[role]) / took for role in processes}


def _spent(processes: dict[str, list[psutil.Process]]) -> dict[str, float]:
    """User and system seconds that each kind of process has taken so far."""
    return {
        role: sum(sum(process.cpu_times()[:2]) for process in some)
        for role, some in processes.items()
    }


def delays(site: RunningSite, prompts: int) -> dict[str, list[float]]:
    """Milliseconds from each waiting state to the claim, for so many *prompts*.

    One prompt is sent after the other is settled, with a pause in which the workers
    go to sleep.
    """
    found: dict[str, list[float]] = {claimed: [] for _, claimed in STAGES}
    for number in range(prompts):
        time.sleep(0.3)
        entered = site.settled(site.submit(f"a red fox by a quiet lake, {number}"))
        for waited, claimed in STAGES:
            delay: timedelta = entered[claimed] - entered[waited]
            found[claimed].append(delay.total_seconds() * 1000)
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The least of *values* that so large a *share* of them does not exceed."""
    return sorted(values)[ceil(share * len(values)) - 1]
