"""Policies, and what two do differently, as people and programs read of them."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from moderation import Category, Policy, Rule
from moderation.policy import REQUIRED_TABLES
from moderation.policy_diff import differences
from vernissage.cli.log_lines import show


def told(policy: Policy) -> str:
    """*policy* in a line for people."""
    own = ", ".join(policy.languages)
    return (
        f"{policy.version}: {len(Category)} categories at {len(REQUIRED_TABLES)} gates,"
        f" {len(policy.joint) or 'no'} joint rules,"
        f" rules of their own for {own or 'no language'},"
        f" safety {policy.safety}, concept limit {_number(policy.concept_limit)}"
    )


def compared(before: Policy, after: Policy) -> Iterator[dict[str, Any]]:
    """What differs, for programs: a line each."""
    for name, old, new in _steering(before, after):
        yield {"table": None, "name": name, "before": old, "after": new}
    for found in differences(before, after):
        yield {
            "table": found.table,
            "name": found.category.value,
            "before": found.before and asdict(found.before),
            "after": found.after and asdict(found.after),
            "direction": found.direction,
        }


def comparison(before: Policy, after: Policy) -> None:
    """Print what differs as a table, or that nothing does."""
    columns = ("table", "rule", before.version, after.version, "becomes")
    rows = Table(*columns, box=None, header_style="bold")
    for name, old, new in _steering(before, after):
        rows.add_row("", name, _number(old), _number(new), "")
    for found in differences(before, after):
        rows.add_row(
            Text(f"[{found.table}]"),
            found.category.value,
            _rule(found.before),
            _rule(found.after),
            found.direction,
        )
    if rows.row_count:
        show(rows)
    else:
        click.echo(f"{before.version} and {after.version} do the same.")


def _steering(before: Policy, after: Policy) -> Iterator[tuple[str, Any, Any]]:
    for name in ("safety", "concept_limit"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield name, old, new


def _rule(rule: Rule | None) -> str:
    return "none" if rule is None else f"{rule.review:.3g}, {rule.refuse:.3g}"


def _number(value: Any) -> str:
    return "off" if value is None else str(value)
