"""State of a job as its folder tells it: content, progress, final verdicts."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from datasets_cleaning.destination import Destination
from datasets_cleaning.errors import DestinationError
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.manifest import (
    Manifest,
    files_exist,
    judging_inputs,
    matches_inputs,
    read,
    writing_inputs,
)
from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import Codes
from datasets_cleaning.verdicts import reasons

FORMAT: Final = 1
"""The format of `job.json`; another one is another program's."""


@dataclass(frozen=True)  # no slots: cached_property needs a place to keep things
class JobState:
    """The *content* of `job.json` in the folder *to*."""

    to: Destination
    content: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The job in *folder*, or DestinationError."""
        to = Destination(folder)
        try:
            content = json.loads(to.job.read_text("utf-8"))
        except FileNotFoundError as error:
            raise DestinationError(f"there is no job in {folder}") from error
        except (OSError, ValueError) as error:
            raise DestinationError(f"cannot read {to.job}: {error}") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise DestinationError(
                f"{to.job} is none of format {FORMAT}: give another folder"
            )
        return cls(to, content)

    @cached_property
    def plan(self) -> Plan:
        """The plan that the job goes by."""
        return Plan.parse(self.content["plan"]["text"])

    @property
    def names(self) -> dict[int, str]:
        """The shards of the source by their numbers."""
        return {shard["number"]: shard["name"] for shard in self.content["shards"]}

    def judged(self) -> dict[int, Manifest]:
        """The manifests of the shards that are judged as the job wants it, in order."""
        found = {
            shard["number"]: read(self.to.judged(shard["number"]))
            for shard in self.content["shards"]
        }
        return {
            number: manifest
            for number, manifest in found.items()
            if manifest is not None
            and matches_inputs(manifest, self.inputs(number))
            and files_exist(manifest, self.to)
        }

    def inputs(self, number: int) -> dict[str, Any]:
        """Inputs of the ledger of the shard *number*, as a manifest has them."""
        shard = self.content["shards"][number]
        return judging_inputs(
            name=shard["name"], fingerprint=shard["fingerprint"], basis=self.basis
        )

    @property
    def basis(self) -> dict[str, Any]:
        """Inputs that all ledgers of the job share."""
        return {
            "plan": self.content["plan"]["sha256"],
            "versions": self.content["versions"],
            "embeddings": self.content["embeddings"],
        }

    def written(self) -> dict[int, Manifest]:
        """The manifests of the shards that are written by the final verdicts."""
        judged = self.judged()
        verdicts = (read(self.to.final_manifest) or {"files": {}})["files"]
        found = {}
        for number, of in judged.items():
            digest = verdicts.get(self.to.relative(self.to.verdicts(number)), "")
            manifest = read(self.to.written(number))
            if (
                manifest
                and matches_inputs(manifest, writing_inputs(judged=of, verdicts=digest))
                and files_exist(manifest, self.to)
            ):
                found[number] = manifest
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalVerdicts:
    """The *job* in a folder with the final verdicts on its *shards*, by numbers."""

    job: JobState
    shards: dict[int, Manifest]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The verdicts in *folder*; DestinationError unless they cover all of it."""
        job = JobState.read(folder)
        settled = read(job.to.final_manifest)
        if settled is None or not files_exist(settled, job.to):
            raise DestinationError(
                f"there are no final verdicts in {folder} yet: resume the job"
            )
        shards = job.judged()
        if sum(manifest["count"] for manifest in shards.values()) != settled["count"]:
            raise DestinationError(
                f"{folder} is at work, or was stopped: resume the job, then ask again"
            )
        return cls(job=job, shards=shards)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reason of each code; the first, of code 0, is empty."""
        return ("", *reasons(self.job.plan.filters))

    def ledgers(self, columns: Sequence[str]) -> Iterator[tuple[int, Ledger, Codes]]:
        """Each shard's number, some *columns* of its ledger, and its verdicts [n]."""
        for number in self.shards:
            ledger = Ledger.read(self.job.to.ledger(number), columns)
            yield number, ledger, np.load(self.job.to.verdicts(number))


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
    is_final: bool


def status(folder: Path) -> Status:
    """The status of the job in *folder*, or DestinationError."""
    job = JobState.read(folder)
    judged = job.judged()
    pairs = sum(manifest["count"] for manifest in judged.values())
    settled = read(job.to.final_manifest)
    is_final = settled is not None and settled["count"] == pairs
    tallies = Counter[str]()
    for manifest in [settled] if is_final and settled else judged.values():
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
        is_final=is_final,
    )
