"""The machine and the date of the figures."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Self

import torch

from bench.engine.roofline import Limits
from bench.engine.timing import alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The device, what else it did, and the software."""

    device: str
    cores: int
    threads: int
    clock: str
    dtype: str
    load: float
    date: str
    torch_version: str
    diffusers_version: str
    gigaflops: float
    gigabytes: float

    @classmethod
    def here(cls, device: torch.device, dtype: torch.dtype, limits: Limits) -> Self:
        """This machine now; *load* is its load average over the last minute."""
        cuda = device.type == "cuda"
        return cls(
            device=torch.cuda.get_device_name(device) if cuda else _processor(),
            cores=len(os.sched_getaffinity(0)),
            threads=torch.get_num_threads(),
            clock="processor" if alone(device) else "wall",
            dtype=str(dtype).removeprefix("torch."),
            load=os.getloadavg()[0],
            date=datetime.now(UTC).date().isoformat(),
            torch_version=torch.__version__,
            diffusers_version=version("diffusers"),
            gigaflops=limits.flops / 1e9,
            gigabytes=limits.bytes / 1e9,
        )

    def __str__(self) -> str:
        return (
            f"{self.device}, {self.cores} cores, {self.threads} threads, {self.dtype}; "
            f"{self.clock} time; load before {self.load:.1f}; {self.date}; "
            f"torch {self.torch_version}, diffusers {self.diffusers_version}; "
            f"at best {self.gigaflops:.0f} GFLOP/s, {self.gigabytes:.0f} GB/s"
        )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
