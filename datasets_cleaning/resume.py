"""Start and resumption of a job, which must be the one that its folder describes."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datasets_cleaning.destination import Destination
from datasets_cleaning.errors import DestinationError, SourceError
from datasets_cleaning.job_state import FORMAT, JobState
from datasets_cleaning.manifest import Manifest, write
from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import Shard, Source
from datasets_cleaning.verdicts import reasons

ASKING: Final = 16
"""Fingerprints that are asked for at a time: it is mostly waiting."""

GONE: Final = ""
"""The fingerprint of what can't be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedJob:
    """The *job* as it is written down, its *shards* by their numbers.

    *judged* has the manifests of those that are judged already, *changed* names those
    that were something else when the job ran before.
    """

    job: JobState
    shards: Mapping[int, Shard]
    judged: Mapping[int, Manifest]
    changed: tuple[str, ...]


def prepare_job(
    source: Source,
    plan: Plan,
    to: Destination,
    *,
    details: Mapping[str, Any],
    check_models: Callable[[], None],
) -> PreparedJob:
    """Write `job.json` into the folder *to*, which has none or one of the same job.

    *details* are its other facts: "versions", "embeddings", "writing" and "options".
    *check_models* raises unless shards can be judged; it is called if there is one to
    judge, before anything is written. DestinationError for the folder of another job,
    SourceError when shards have gone from the source.
    """
    shards = source.shards()
    if not shards:
        raise SourceError(f"there is nothing to clean in {source.uri}")
    before = _existing_job(source, plan, to)
    content = {
        "format": FORMAT,
        "source": source.uri,
        "plan": {"version": plan.version, "sha256": plan.sha256, "text": plan.text},
        **details,
        "reasons": list(reasons(plan.filters)),
        "shards": _shard_entries(shards),
        "writing": details["writing"] or bool(before and before.content["writing"]),
    }
    job = JobState(to, content)
    changed = _changed(before, job) if before else ()
    judged = job.judged()
    if len(judged) < len(shards):
        check_models()
    to.remove_unfinished()
    write(to.job, content)
    return PreparedJob(
        job=job, shards=dict(enumerate(shards)), judged=judged, changed=changed
    )


def _existing_job(source: Source, plan: Plan, to: Destination) -> JobState | None:
    """The same job, if it is there already."""
    if not to.job.exists():
        others = [
            path.name for path in to.root.iterdir() if not path.name.startswith(".")
        ]
        if others:
            raise DestinationError(
                f"{to.root} holds {others[0]} and no job: give a new folder"
            )
        if Path(source.uri).is_dir() and to.root.resolve().is_relative_to(
            Path(source.uri).resolve()
        ):
            raise DestinationError(f"{to.root} is inside the source {source.uri}")
        return None
    before = JobState.read(to.root)
    was = before.content
    if was["source"] != source.uri:
        raise DestinationError(
            f"{to.root} holds a job over another source, {was['source']}, not"
            f" {source.uri}: give a new folder"
        )
    if was["plan"]["sha256"] != plan.sha256:
        raise DestinationError(
            f"{to.root} holds a job by another plan, {was['plan']['version']}"
            f" ({was['plan']['sha256'][:12]}), not {plan.version}"
            f" ({plan.sha256[:12]}): give a new folder, or replay the plan there"
        )
    return before


def _shard_entries(shards: Sequence[Shard]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(ASKING) as pool:
        fingerprints = list(pool.map(_fingerprint, shards))
    return [
        {"number": shard.number, "name": shard.name, "fingerprint": fingerprint}
        for shard, fingerprint in zip(shards, fingerprints, strict=True)
    ]


def _fingerprint(shard: Shard) -> str:
    try:
        return shard.fingerprint()
    except SourceError:
        return GONE  # judging it says what is wrong, and it costs itself


def _changed(before: JobState, job: JobState) -> tuple[str, ...]:
    """The names of the shards that are other than *before*; SourceError for a loss."""
    was = {shard["name"]: shard["fingerprint"] for shard in before.content["shards"]}
    now = {shard["name"]: shard["fingerprint"] for shard in job.content["shards"]}
    if gone := sorted(was.keys() - now.keys()):
        raise SourceError(
            f"{len(gone)} of the shards of {job.content['source']} are gone, the first"
            f" is {gone[0]}: put them back, or start anew in another folder"
        )
    return tuple(name for name, old in was.items() if now[name] != old)
