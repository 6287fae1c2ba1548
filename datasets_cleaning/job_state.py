"""A job as its folder tells of it: what it is, and how far it has come."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from datasets_cleaning.destination import Destination
from datasets_cleaning.errors import DestinationError
from datasets_cleaning.manifest import (
    Manifest,
    agrees,
    judging_inputs,
    present,
    read,
    writing_inputs,
)
from datasets_cleaning.plan import Plan

FORMAT: Final = 1
"""How `job.json` is written; another format is another program's."""


@dataclass(frozen=True)  # no slots: cached_property needs a place to keep things
class Opened:
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
            and agrees(manifest, self.inputs(number))
            and present(manifest, self.to)
        }

    def inputs(self, number: int) -> dict[str, Any]:
        """What the ledger of the shard *number* depends on, as a manifest tells it."""
        shard = self.content["shards"][number]
        return judging_inputs(
            name=shard["name"], fingerprint=shard["fingerprint"], basis=self.basis
        )

    @property
    def basis(self) -> dict[str, Any]:
        """What all of the job's ledgers depend on."""
        return {
            "plan": self.content["plan"]["sha256"],
            "versions": self.content["versions"],
            "embeddings": self.content["embeddings"],
        }

    def written(self) -> dict[int, Manifest]:
        """The manifests of the shards that are written as they were settled."""
        judged = self.judged()
        verdicts = (read(self.to.settled) or {"files": {}})["files"]
        found = {}
        for number, of in judged.items():
            digest = verdicts.get(self.to.named(self.to.verdicts(number)), "")
            manifest = read(self.to.written(number))
            if (
                manifest
                and agrees(manifest, writing_inputs(judged=of, verdicts=digest))
                and present(manifest, self.to)
            ):
                found[number] = manifest
        return found
