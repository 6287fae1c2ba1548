"""Progress of a run, on a terminal or as lines of a log.

The limit is what the workers could do if the stage that takes most of their time were
all that they had to do. The share of it that is reached says what the rest costs.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from datasets_cleaning.protocols import Phase, ProgressListener, ShardProgress

QUIET: Final = 10.0
"""Seconds between two lines where there is no terminal."""

REASONS: Final = 8
"""The most reasons that are shown, the frequent ones first."""

_TITLES: Final = {Phase.JUDGE: "judging", Phase.WRITE: "writing"}


@dataclass(slots=True)
class Progress:
    """Adds up the steps of a run of so many *workers*, by the seconds of *clock*."""

    workers: int | None
    clock: Callable[[], float] = monotonic
    phase: Phase = Phase.JUDGE
    done: int = 0
    total: int = 0
    fresh: int = 0
    failed: int = 0
    pairs: int = 0
    tallies: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)
    began: float = field(init=False)
    last: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin now."""
        self.began = self.last = self.clock()

    def add(self, step: ShardProgress) -> None:
        """Take in a *step*; the first of another phase begins to count anew."""
        if step.phase is not self.phase:
            self.phase, self.began = step.phase, self.last
            self.fresh = self.failed = self.pairs = 0
            self.tallies.clear()
            self.spent.clear()
        self.last = self.clock()
        self.done, self.total = step.done, step.total
        if step.problem:
            self.failed += 1
            return
        self.fresh += 1
        self.pairs += step.count
        self.tallies.update(step.tallies)
        self.spent.update(step.seconds)

    @property
    def rate(self) -> float:
        """Pairs per second in this phase, as of the last step."""
        return self.pairs / max(self.last - self.began, 1e-9)

    @property
    def bound(self) -> str:
        """The stage that takes the most time; empty where none is known."""
        stages = {name: own for name, own in self.spent.items() if name != "all"}
        return max(stages, key=lambda name: stages[name], default="")

    @property
    def limit(self) -> float | None:
        """Pairs per second of all workers if they did nothing but `bound`."""
        if not self.workers or not (alone := self.spent[self.bound]):
            return None
        # at the beginning there may be fewer shards than workers
        return min(self.workers, max(self.fresh, 1)) * self.pairs / alone

    @property
    def left(self) -> timedelta | None:
        """The time left of the phase at this rate; None where nothing is done."""
        if not self.fresh:
            return None
        each = (self.last - self.began) / self.fresh
        return timedelta(seconds=round(each * (self.total - self.done - self.failed)))

    def line(self) -> str:
        """The progress without the reasons, in a line."""
        if not self.total:
            return "the first shards are in work"
        parts = [
            f"{_TITLES[self.phase]} {self.done:,}/{self.total:,} shards",
            f"{self.rate:,.0f} pairs/s",
        ]
        if self.bound:
            parts.append(f"bound by {self.bound}")
        if limit := self.limit:
            parts[-1] += f": {self.rate / limit:.0%} of the {limit:,.0f}/s of it alone"
        if self.left is not None:
            parts.append(f"{self.left} left")
        if self.failed:
            parts.append(f"{self.failed} failed")
        return ", ".join(parts)

    def top_reasons(self) -> list[tuple[str, int]]:
        """The most frequent reasons of this phase, with how many pairs each drops."""
        return self.tallies.most_common(REASONS)


@contextmanager
def showing_progress(
    *, workers: int | None = None, console: Console | None = None
) -> Iterator[ProgressListener]:
    """A listener that shows the progress of so many *workers* until the block ends.

    It is shown on *console*, by default standard error: as a picture that changes if
    that is a terminal, as a line now and then if it is not.
    """
    console = console or Console(stderr=True, highlight=False)
    progress = Progress(workers)
    if not console.is_terminal:
        with _printing_lines(progress, console) as on_progress:
            yield on_progress
        return
    with Live(
        console=console,
        transient=True,
        refresh_per_second=2,
        get_renderable=lambda: rendered(progress),
    ):

        def add(step: ShardProgress) -> None:
            progress.add(step)
            _print_problem(step, console)

        yield add


def rendered(progress: Progress) -> RenderableType:
    """A bar, a line, and the most frequent reasons."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(justify="right")
    for reason, count in progress.top_reasons():
        rows.add_row(f"{count:,}", Text(reason))
    bar = ProgressBar(total=max(progress.total, 1), completed=progress.done, width=60)
    return Group(bar, Text(progress.line()), rows)


@contextmanager
def _printing_lines(progress: Progress, console: Console) -> Iterator[ProgressListener]:
    """The same as lines: one each `QUIET` seconds, and one at the end of a phase."""
    printed_at, printed = progress.began, 0

    def tell() -> None:
        nonlocal printed_at, printed
        printed_at, printed = progress.last, progress.fresh + progress.failed
        line = progress.line()
        if top_reasons := progress.top_reasons():
            line += "; dropped: " + ", ".join(
                f"{name} {n:,}" for name, n in top_reasons
            )
        console.print(line, markup=False, soft_wrap=True)

    def add(step: ShardProgress) -> None:
        nonlocal printed
        if step.phase is not progress.phase:
            if printed < progress.fresh + progress.failed:
                tell()
            printed = 0
        progress.add(step)
        _print_problem(step, console)
        if progress.last - printed_at >= QUIET:
            tell()

    yield add
    if printed < progress.fresh + progress.failed:
        tell()


def _print_problem(step: ShardProgress, console: Console) -> None:
    if step.problem:
        console.print(
            f"{step.name} failed: {step.problem}", markup=False, soft_wrap=True
        )
