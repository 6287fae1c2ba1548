"""Worker: runs the tasks of a job in a process that an engine has started."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datasets_cleaning.classifiers import Classifiers
from datasets_cleaning.destination import Destination
from datasets_cleaning.errors import LoadError
from datasets_cleaning.isolation import attempt
from datasets_cleaning.manifest import Manifest
from datasets_cleaning.measuring import Measurer
from datasets_cleaning.pair_contents import LazyPairContents
from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import Phase, Shard, SourceFormat, Task, TaskResult
from datasets_cleaning.shard_judging import judge_shard
from datasets_cleaning.shard_writing import write_shard
from moderation.errors import ModerationError


@dataclass(kw_only=True)
class Worker:
    """Does tasks on *shards*, by their numbers, into *to*.

    The models are loaded at the first shard that is judged, once in each process.
    """

    shards: Mapping[int, Shard]
    source_format: SourceFormat
    plan: Plan
    classifiers: Classifiers
    basis: Mapping[str, Any]
    to: Destination
    threads: int = 1
    _measurer: Measurer | LoadError | None = field(default=None, init=False, repr=False)

    def __call__(self, task: Task) -> TaskResult:
        """Do *task*; a fault is a problem and no exception."""
        return attempt(task, lambda: self._do(task))

    def __getstate__(self) -> dict[str, Any]:
        """The state without the models, which stay in their process."""
        return {**self.__dict__, "_judge": None}

    def _do(self, task: Task) -> Manifest:
        shard = self.shards[task.number]
        if task.phase is Phase.WRITE:
            return write_shard(shard, source_format=self.source_format, to=self.to)
        return judge_shard(
            shard,
            measurer=self._loaded(),
            basis=self.basis,
            to=self.to,
            threads=self.threads,
        )

    def _loaded(self) -> Measurer:
        """The measurer of the plan; models that can't be had are not tried twice."""
        if self._measurer is None:
            try:
                self._measurer = self._load()
            except ModerationError as error:
                self._measurer = LoadError(str(error))
        if isinstance(self._measurer, LoadError):
            raise self._measurer
        return self._measurer

    def _load(self) -> Measurer:
        loaded, embeddings = self.classifiers.load(), self.basis["embeddings"]
        return Measurer(
            measures=self.plan.measures(loaded, embeddings=embeddings),
            filters=self.plan.filters,
            open_contents=LazyPairContents,
            score_all=self.plan.score_all,
        )
