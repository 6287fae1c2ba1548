"""What was settled about each shard of a job, read one shard at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from datasets_cleaning.errors import DestinationError
from datasets_cleaning.job_state import Opened
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.manifest import Manifest, present, read
from datasets_cleaning.protocols import Codes
from datasets_cleaning.verdicts import reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The *job* in a folder with the final verdicts on its *shards*, by numbers."""

    job: Opened
    shards: dict[int, Manifest]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """That in *folder*; DestinationError unless there are verdicts on all of it."""
        job = Opened.read(folder)
        settled = read(job.to.settled)
        if settled is None or not present(settled, job.to):
            raise DestinationError(
                f"nothing is settled in {folder} yet: resume the job"
            )
        shards = job.judged()
        if sum(manifest["count"] for manifest in shards.values()) != settled["count"]:
            raise DestinationError(
                f"{folder} is at work, or was stopped: resume the job, then ask again"
            )
        return cls(job=job, shards=shards)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What each code says; the first, of code 0, is empty."""
        return ("", *reasons(self.job.plan.filters))

    def ledgers(self, columns: Sequence[str]) -> Iterator[tuple[int, Ledger, Codes]]:
        """Each shard's number, some *columns* of its ledger, and its verdicts [n]."""
        for number in self.shards:
            ledger = Ledger.read(self.job.to.ledger(number), columns)
            yield number, ledger, np.load(self.job.to.verdicts(number))
