"""The progress of a cleaning job, and its sums."""

from time import perf_counter

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from datasets_cleaning.job import Job
from datasets_cleaning.summary import Summary


def counted(job: Job) -> tuple[Summary, float]:
    """The sums of *job* once it is done, and the seconds it took."""
    console, started = Console(stderr=True), perf_counter()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("Judging", total=len(job.source))
        summary = job.run(lambda sums: progress.update(task, completed=sums.seen))
    return summary, perf_counter() - started


def print_summary(summary: Summary, seconds: float) -> None:
    """Print the sums on standard output."""
    rows = Table(box=None, show_header=False)
    rows.add_column()
    rows.add_column(justify="right")
    rows.add_row("seen", str(summary.seen))
    rows.add_row("kept", str(summary.kept))
    rows.add_row("dropped", str(summary.drops.total()))
    for reason, count in sorted(summary.drops.items(), key=lambda i: (-i[1], i[0])):
        rows.add_row(f"  {reason}", str(count))
    rows.add_row("records per second", f"{summary.seen / max(seconds, 1e-9):.1f}")
    Console().print(rows)
