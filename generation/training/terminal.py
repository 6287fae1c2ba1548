"""Progress: a bar on the terminal, and a line in a file every few steps."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from rich.progress import Progress, TaskID

from generation.training.loop import Watch

EVERY: Final = 20


@dataclass(slots=True)
class _Terminal:
    bars: Progress
    folder: Path
    started: float = field(default_factory=monotonic)
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
            self._note(stage, step, sum(recent) / len(recent))
            recent.clear()

    def _note(self, stage: str, step: int, loss: float) -> None:
        self.bars.update(self.tasks[stage], description=f"{stage} {loss:.4f}")
        line = {"step": step, "loss": loss, "seconds": monotonic() - self.started}
        with (self.folder / f"{stage}.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


@contextmanager
def watching(folder: Path) -> Iterator[Watch]:
    """A watch with a bar for each stage, and STAGE.jsonl files in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with Progress() as bars:
        yield _Terminal(bars, folder)
