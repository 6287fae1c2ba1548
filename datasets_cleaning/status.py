"""How far a job has come, by its folder alone; it may be at work meanwhile."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets_cleaning.job_state import Opened
from datasets_cleaning.manifest import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts of shards and, in those that are judged, of pairs.

    *tallies* are the final ones once the job *is_settled*, till then what the filters
    say alone. *waiting* are the names of the shards that are not judged.
    """

    source: str
    plan: str
    shards: int
    judged: int
    written: int | None
    waiting: tuple[str, ...]
    pairs: int
    tallies: Mapping[str, int]
    is_settled: bool


def status(folder: Path) -> Status:
    """That of the job in *folder*, or DestinationError."""
    job = Opened.read(folder)
    judged = job.judged()
    pairs = sum(manifest["count"] for manifest in judged.values())
    settled = read(job.to.settled)
    is_settled = settled is not None and settled["count"] == pairs
    tallies = Counter[str]()
    for manifest in [settled] if is_settled and settled else judged.values():
        tallies.update(manifest["tallies"])
    return Status(
        source=job.content["source"],
        plan=job.content["plan"]["version"],
        shards=len(job.names),
        judged=len(judged),
        written=len(job.written()) if job.content["writing"] else None,
        waiting=tuple(n for k, n in job.names.items() if k not in judged),
        pairs=pairs,
        tallies=dict(tallies),
        is_settled=is_settled,
    )
