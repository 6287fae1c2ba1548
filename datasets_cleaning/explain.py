"""Explanation of one pair: its measures, its verdicts, and the rules behind them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets_cleaning.job_state import JobState
from datasets_cleaning.ledger import ONE, SCORE, Ledger
from datasets_cleaning.overrides import Overrides
from datasets_cleaning.pair import UID_BYTES
from datasets_cleaning.plan import Plan
from datasets_cleaning.verdicts import decide, reasons
from moderation.language import Language
from moderation.verdict import Category

KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One pair at one place.

    *found* is its row of the ledger, scores from 0 to 1; *decided* is the reason by the
    filters, *final* that after overrides and duplicates, None until there are final
    verdicts. *rules* are the filters that may give these reasons, with thresholds.
    *same* are the other rows of its cluster of duplicates: shard, uid, reason.
    """

    shard: str
    row: int
    found: Mapping[str, Any]
    decided: str
    final: str | None
    override: str | None
    rules: Sequence[str]
    same: Sequence[tuple[str, str, str]]


def explain(
    folder: Path, uid_or_key: str, overrides: Overrides | None = None
) -> list[Explanation]:
    """All pairs with the uid or the key *wanted* in the job in *folder*."""
    job = JobState.read(folder)
    uid = _uid(uid_or_key)
    return [
        _explanation(job, number, row, overrides or {})
        for number in job.judged()
        for row in _rows(job, number, uid_or_key, uid)
    ]


def _rows(job: JobState, number: int, key: str, uid: bytes | None) -> Iterator[int]:
    table = Ledger.read(job.to.ledger(number), ["key", "uid"]).table
    found = pc.equal(table["key"], key)
    if uid is not None:
        found = pc.or_(
            found, pc.equal(table["uid"], pa.scalar(uid, pa.binary(UID_BYTES)))
        )
    yield from np.flatnonzero(np.asarray(found)).tolist()


def _explanation(
    job: JobState, number: int, row: int, overrides: Overrides
) -> Explanation:
    ledger = Ledger(Ledger.read(job.to.ledger(number)).table.slice(row, 1))
    names = (KEPT, *reasons(job.plan.filters))
    decided = names[decide(ledger, job.plan.filters)[0]]
    path = job.to.verdicts(number)
    final = names[np.load(path, mmap_mode="r")[row]] if path.exists() else None
    [found] = ledger.rows()
    override = overrides.get(found["uid"])
    return Explanation(
        shard=job.names[number],
        row=row,
        found=_readable(found, ledger.table.schema),
        decided=decided,
        final=final,
        override=None if override is None else ("keep" if override else "drop"),
        rules=_rules(job.plan, {decided, final or KEPT}, found.get("language")),
        same=_other_copies(job, number, row),
    )


def _rules(plan: Plan, given: set[str], language: str | None) -> list[str]:
    """The thresholds behind the reasons *given*, as the plan has them."""
    steps = {step.key: step.model_dump(mode="json") for step in plan.steps}
    found = []
    for reason in sorted(given):
        name, _, category = reason.partition(":")
        subject = name.removesuffix("_review")
        if subject in {"caption", "image", "joint"}:
            thresholds = _policy_thresholds(plan, subject, category, language)
            found.append(f"{subject} {category}: {thresholds}")
        elif name == "duplicate":
            found.append(f"duplicates: {_values_text(plan.duplicates.model_dump())}")
        elif name in steps:
            found.append(f"{name}: {_values_text(steps[name])}")
    return found


def _policy_thresholds(
    plan: Plan, subject: str, category: str, language: str | None
) -> str:
    gate = "prompt" if subject == "caption" else subject
    rules = plan.policy.rules(gate, cast("Language", language or "other"))
    rule = rules[Category(category)]
    return f"review from {rule.review:g}, refuse from {rule.refuse:g}"


def _values_text(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "always"


def _other_copies(job: JobState, number: int, row: int) -> list[tuple[str, str, str]]:
    if not job.to.duplicates.exists():
        return []
    table = pq.read_table(job.to.duplicates)
    here = pc.and_(pc.equal(table["shard"], number), pc.equal(table["row"], row))
    own = table.filter(here)
    if not len(own):
        return []
    cluster = table.filter(pc.equal(table["cluster"], own["cluster"][0]))
    return [
        (job.names[each["shard"]], each["uid"].hex(), each["reason"])
        for each in cluster.to_pylist()
        if (each["shard"], each["row"]) != (number, row)
    ]


def _readable(row: Mapping[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """The *row* for people: scores as probabilities, bytes in hexadecimal."""
    return {
        name: round(value / ONE, 4)
        if value is not None and schema.field(name).type == SCORE
        else value.hex()
        if isinstance(value, bytes)
        else value
        for name, value in row.items()
    }


def _uid(text: str) -> bytes | None:
    try:
        uid = bytes.fromhex(text)
    except ValueError:
        return None
    return uid if len(uid) == UID_BYTES else None
