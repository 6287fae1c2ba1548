"""Rows of the decision log, printed as a table or as JSON."""

from collections.abc import Iterable
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from vernissage.models.artworks import Decision

UNBROKEN: Final = 200
"""Columns for a file or a pipe, where no line has to be broken."""


def to_dict(decision: Decision) -> dict[str, Any]:
    """All fields of *decision*; no prompt is part of it."""
    return {
        "id": decision.id,
        "artwork": str(decision.artwork_id),
        "gate": decision.gate,
        "outcome": decision.outcome,
        "judged": decision.judged,
        "reasons": decision.reasons,
        "scores": decision.scores,
        "thresholds": decision.thresholds,
        "policy": decision.policy,
        "models": decision.models,
        "language": decision.language,
        "actor": decision.actor,
        "note": decision.note,
        "decided_at": decision.decided_at.isoformat(),
        "milliseconds": decision.milliseconds,
        "shadow": decision.shadow,
    }


def table(decisions: Iterable[Decision]) -> None:
    """Print *decisions* on standard output."""
    columns = ("decided at", "artwork", "gate", "outcome", "reasons", "policy", "ms")
    rows = Table(*columns, box=None, header_style="bold")
    for decision in decisions:
        rows.add_row(
            f"{decision.decided_at:%Y-%m-%d %H:%M:%S}",
            str(decision.artwork_id)[:8],
            decision.gate,
            decision.outcome,
            Text(_reasons(decision)),
            decision.policy,
            f"{decision.milliseconds:.1f}",
        )
    show(rows)


def show(rows: Table) -> None:
    """Print *rows* on standard output, as wide as the terminal if it is one."""
    console = Console()
    wide = console if console.is_terminal else Console(width=UNBROKEN)
    wide.print(rows)


def _reasons(decision: Decision) -> str:
    """The categories over a threshold, the person who decided, or "not judged"."""
    if not decision.judged:
        return "not judged"
    if decision.actor is not None:
        return f"by {decision.actor}"
    return ", ".join(f"{r['category']} {r['score']:.2f}" for r in decision.reasons)
