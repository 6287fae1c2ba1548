"""The sums of a cleaning run, on a terminal."""

from rich.console import Console
from rich.table import Table

from datasets_cleaning.summary import Summary


def print_summary(summary: Summary) -> None:
    """Print the sums on standard output, and what went wrong on standard error."""
    rows = Table(box=None, show_header=False)
    rows.add_column()
    rows.add_column(justify="right")
    rows.add_row("shards checked", f"{summary.judged} of {summary.shards}")
    if summary.written is not None:
        rows.add_row("shards written", str(summary.written))
    rows.add_row("pairs", str(summary.pairs))
    rows.add_row("kept", str(summary.kept))
    rows.add_row("dropped", str(summary.pairs - summary.kept))
    for reason, count in sorted(summary.tallies.items(), key=lambda i: (-i[1], i[0])):
        rows.add_row(f"  {reason}", str(count))
    Console().print(rows)
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    for name, problem in summary.failed.items():
        errors.print(f"vernissage: {name} failed: {problem}")
    for name in summary.damaged:
        errors.print(
            f"vernissage: {name} is damaged: only what could be read was checked"
        )
    if summary.stopped:
        errors.print(f"vernissage: stopped: {summary.stopped}")
    for name in summary.changed:
        errors.print(f"vernissage: {name} has changed since it was last checked")
