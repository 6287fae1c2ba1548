"""Policies, their differences and replays, printed for people or as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from moderation import Category, Policy, Rule
from moderation.policy import REQUIRED_TABLES
from moderation.policy_diff import rule_changes
from vernissage.cli.decisions_output import show
from vernissage.reasons.replay import UNKNOWN, ReplayReport


def to_text(policy: Policy) -> str:
    """The *policy* in a line for people."""
    own = ", ".join(policy.languages)
    return (
        f"{policy.version}: {len(Category)} categories at {len(REQUIRED_TABLES)} gates,"
        f" {len(policy.joint) or 'no'} joint rules,"
        f" rules of their own for {own or 'no language'},"
        f" safety {policy.safety}, concept limit {_number(policy.concept_limit)}"
    )


def compared(before: Policy, after: Policy) -> Iterator[dict[str, Any]]:
    """Differences of two policies for programs: a line each."""
    for name, old, new in _steering(before, after):
        yield {"table": None, "name": name, "before": old, "after": new}
    for found in rule_changes(before, after):
        yield {
            "table": found.table,
            "name": found.category.value,
            "before": found.before and asdict(found.before),
            "after": found.after and asdict(found.after),
            "direction": found.direction,
        }


def comparison(before: Policy, after: Policy) -> None:
    """Print the differences as a table, or that there are none."""
    columns = ("table", "rule", before.version, after.version, "becomes")
    rows = Table(*columns, box=None, header_style="bold")
    for name, old, new in _steering(before, after):
        rows.add_row("", name, _number(old), _number(new), "")
    for found in rule_changes(before, after):
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


def replay_to_dict(
    found: ReplayReport, *, policy: str, since: datetime
) -> dict[str, Any]:
    """Outcomes that would change, for programs."""
    return {
        "policy": policy,
        "since": f"{since:%Y-%m-%d}",
        "works": found.works,
        "changed": len(found.changed),
        "decided_by_a_person": found.settled,
        "unfinished": found.unfinished,
        "transitions": found.transitions,
        "languages": found.languages,
        "categories": found.categories,
        "artworks": [
            {
                "artwork": str(ending.artwork),
                "language": ending.language,
                "before": ending.before,
                "after": ending.after,
                "categories": [category.value for category in ending.categories],
            }
            for ending in found.changed
        ],
    }


def print_replay(found: ReplayReport, *, policy: str, since: datetime) -> None:
    """Print outcomes that would change: counts, then each artwork."""
    click.echo(
        f"{len(found.changed)} of {found.works} pictures since {since:%Y-%m-%d} would"
        f" have ended differently under {policy}."
    )
    click.echo(
        f"A person decided {found.settled}: that stays."
        f" {found.unfinished} had not passed every gate."
    )
    if stopped := [e for e in found.changed if e.after == UNKNOWN]:
        click.echo(
            f"{len(stopped)} would not have been stopped where they were: the log"
            " cannot tell what the later gates would have said."
        )
    if found.changed:
        _counts(found)
        _artworks(found)


def _counts(found: ReplayReport) -> None:
    kinds = sorted(found.transitions)
    rows = Table("", *kinds, box=None, header_style="bold")
    groups: dict[str, Mapping[str, Counter[str]]] = {
        "language ": found.languages,
        "": found.categories,
    }
    rows.add_row("all", *(str(found.transitions[kind]) for kind in kinds))
    for prefix, group in groups.items():
        for name, counts in group.items():
            cells = (str(counts[kind]) for kind in kinds)
            rows.add_row(f"{prefix}{name}", *cells)
    click.echo()
    show(rows)


def _artworks(found: ReplayReport) -> None:
    click.echo()
    rows = Table("artwork", "ends", "language", "for", box=None, header_style="bold")
    for ending in found.changed:
        named = ", ".join(ending.categories)
        rows.add_row(str(ending.artwork), ending.transition, ending.language, named)
    show(rows)
