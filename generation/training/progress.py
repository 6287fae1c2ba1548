"""Progress: a bar on the terminal, and a log that TensorBoard reads."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL.Image import Image
from rich.progress import Progress, TaskID

from generation.training.loop import Monitor

EVERY: Final = 20
LOG: Final = "log"
SAMPLES: Final = "samples"


@dataclass(slots=True)
class _TerminalMonitor:
    bars: Progress
    folder: Path
    log: Any
    tasks: dict[str, TaskID] = field(default_factory=dict)
    recent: dict[str, list[float]] = field(default_factory=dict)

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(stage)
        self.bars.update(self.tasks[stage], completed=step, total=steps)
        if loss is None:
            return
        recent = self.recent.setdefault(stage, [])
        recent.append(loss)
        if step % EVERY == 0 or step == steps:
            mean = sum(recent) / len(recent)
            self.bars.update(self.tasks[stage], description=f"{stage} {mean:.4f}")
            self.log.add_scalar(f"loss/{stage}", mean, step)
            recent.clear()

    def shown(self, stage: str, *, step: int, sample: Image) -> None:
        folder = self.folder / SAMPLES
        folder.mkdir(exist_ok=True)
        sample.save(folder / f"{stage}-{step:07}.png")
        self.log.add_image(stage, np.asarray(sample), step, dataformats="HWC")


@contextmanager
def terminal_monitor(folder: Path) -> Iterator[Monitor]:
    """A monitor with a bar for each stage, a log and samples in *folder*."""
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  # heavy

    folder.mkdir(parents=True, exist_ok=True)
    write: Any = SummaryWriter
    log = write(folder / LOG)
    try:
        with Progress() as bars:
            yield _TerminalMonitor(bars, folder, log)
    finally:
        with suppress(OSError):  # a full disk stops the training by what it says
            log.close()


@contextmanager
def silent_monitor() -> Iterator[Monitor]:
    """A monitor that shows nothing, for all processes but the first."""
    yield _SilentMonitor()


class _SilentMonitor:
    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        """Lets a step pass."""

    def shown(self, stage: str, *, step: int, sample: Image) -> None:
        """Lets a sample pass."""
