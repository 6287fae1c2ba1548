"""A job in miniature: real shards, measures that need no network, a filter of ours.

A caption says what becomes of its pair: "bad" drops it for safety, "doubtful" leaves it
to a person, "broken" breaks the measure.
"""

import os
import random
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from datasets_cleaning.destination import Destination
from datasets_cleaning.filter import Filter
from datasets_cleaning.filters.image_too_small import ImageTooSmall
from datasets_cleaning.isolation import attempt
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.files import Digest, Header
from datasets_cleaning.measuring import Measurer
from datasets_cleaning.pair_contents import LazyPairContents
from datasets_cleaning.protocols import (
    Codes,
    Cost,
    Engine,
    PairContents,
    Phase,
    RunTask,
    Shard,
    SourceFormat,
    Subject,
    Task,
    TaskResult,
)
from datasets_cleaning.shard_judging import judge_shard
from datasets_cleaning.shard_writing import write_shard
from tests.datasets_cleaning.specimens import jpeg, tar

BASIS = {"plan": "toy", "versions": {"toy": "1"}, "embeddings": False}


@dataclass(frozen=True)
class MoodScore:
    """A score from the caption's words, and an embedding from its picture."""

    cost: ClassVar[Cost] = Cost.IMAGE_NETWORK
    version: ClassVar[str] = "mood-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "mood": pa.uint16(),
        "embedding": pa.list_(pa.float16()),
    }

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        if any("broken" in view.text for view in contents):
            raise ZeroDivisionError
        return {
            "mood": [_mood(view.text) for view in contents],
            "embedding": [
                np.full(4, len(view.data) % 7, np.float16) for view in contents
            ],
        }


def _mood(text: str) -> int:
    return 60_000 if "bad" in text else 30_000 if "doubtful" in text else 0


class MoodFilter(Filter):
    key: ClassVar[str] = "mood"
    reasons: ClassVar[tuple[str, ...]] = ("image:hate", "image_review:hate")
    meanings: ClassVar[Mapping[str, str]] = {"image": "No.", "image_review": "Perhaps."}
    borderline: ClassVar[frozenset[str]] = frozenset({"image_review:hate"})
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.IMAGE_NETWORK
    reads: ClassVar[frozenset[str]] = frozenset({"mood"})

    refuse: int = 60_000
    review: int = 30_000

    def decide(self, ledger: Ledger, /) -> Codes:
        mood = ledger.numbers("mood")
        doubtful = np.where(mood >= self.review, 2, 0)
        return np.where(mood >= self.refuse, 1, doubtful).astype(np.uint8)


FILTERS: tuple[Filter, ...] = (ImageTooSmall(shorter_side=32), MoodFilter())


def measurer() -> Measurer:
    return Measurer(
        measures=(Header(), Digest(), MoodScore()),
        filters=FILTERS,
        open_contents=LazyPairContents,
    )


@dataclass(frozen=True)
class ToyWorker:
    """Works like the real worker, and sometimes dies at it.

    With the probability *deadly* a task's process is killed some time after its
    beginning; a shard's third attempt is spared.
    """

    shards: Mapping[int, Shard]
    to: Destination
    deadly: float = 0.0

    def __call__(self, task: Task) -> TaskResult:
        dice = random.Random(f"{task}")  # noqa: S311  # no secret
        if dice.random() < self.deadly and task.attempt < 3:
            pause = random.SystemRandom().random() * 0.02
            Timer(pause, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return attempt(task, lambda: self._do(task))

    def _do(self, task: Task) -> Mapping[str, Any]:
        shard = self.shards[task.number]
        if task.phase is Phase.WRITE:
            return write_shard(shard, source_format=SourceFormat.TARS, to=self.to)
        return judge_shard(shard, measurer=measurer(), basis=BASIS, to=self.to)


@dataclass(frozen=True)
class Inline:
    """An engine in this process."""

    def run(self, tasks: Sequence[Task], run_task: RunTask) -> Iterator[TaskResult]:
        yield from map(run_task, tasks)


@dataclass
class RemoteEngine:
    """An engine whose workers run *run_task* of their own, as those far away do."""

    engine: Engine
    run_task: RunTask
    tasks_run: list[Task] = field(default_factory=list)

    def run(self, tasks: Sequence[Task], run_task: RunTask) -> Iterator[TaskResult]:
        self.tasks_run.extend(tasks)
        yield from self.engine.run(tasks, self.run_task)


def shards(folder: Path, captions: Sequence[Sequence[str]]) -> Path:
    """A tar for each list of captions, with a picture of its own for each of them.

    A caption "=K" makes it the picture of the K-th pair of all instead.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seed = 0
    for number, texts in enumerate(captions):
        members = []
        for text in texts:
            said, _, same = text.partition("=")
            picture = jpeg(int(same) if same else seed, side=64)
            members += [
                (f"{seed:05d}.jpg", picture),
                (f"{seed:05d}.txt", f"{said} {seed}".encode()),
            ]
            seed += 1
        tar(folder / f"{number:05d}.tar", members)
    return folder
