"""Protocols between a job, its surroundings and its parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.pair import Pair
from moderation.image.containers import Container

Codes = NDArray[np.uint8]


class Shard(Protocol):
    """A part of a source that one worker judges alone; it can be pickled.

    The same numbers name the same shards in every run over the same source.
    """

    @property
    def number(self) -> int:
        """Its place in the source, from 0."""
        ...

    @property
    def name(self) -> str:
        """The name for people: a relative file name with forward slashes."""
        ...

    def fingerprint(self) -> str:
        """A digest that changes with its contents; SourceError when it is gone."""
        ...

    def open(self) -> AbstractContextManager[Sequence[Pair]]:
        """Its pairs, in their order, readable until the block ends; or SourceError."""
        ...


class SourceFormat(StrEnum):
    """The form of a source's data, in which its kept pairs are written as well."""

    TARS = "tars"
    FOLDER = "folder"
    TABLE = "table"


class Source(Protocol):
    """A data set: an ordered list of shards."""

    @property
    def uri(self) -> str:
        """Its place."""
        ...

    @property
    def source_format(self) -> SourceFormat:
        """The form of its data."""
        ...

    def shards(self) -> Sequence[Shard]:
        """All of them, in the order of their numbers; or SourceError."""
        ...


class Cost(IntEnum):
    """The steps of measuring a pair, the cheaper first."""

    HEADER = 0
    DIGEST = 1
    CAPTION = 2
    PATTERNS = 3
    TEXT_CLASSIFIER = 4
    DECODING = 5
    PIXELS = 6
    PERCEPTUAL_HASH = 7
    TEXT_NETWORK = 8
    IMAGE_NETWORK = 9
    SIMILARITY = 10
    AESTHETICS = 11
    WATERMARK = 12


class Measure(Protocol):
    """Finds out something of pairs, at one cost; knows no threshold."""

    @property
    def cost(self) -> Cost:
        """The step at which it is made."""
        ...

    @property
    def version(self) -> str:
        """The version of its weights or rule, for the record."""
        ...

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """The columns of the ledger that it fills."""
        ...

    def __call__(
        self, contents: Sequence["PairContents"], /
    ) -> Mapping[str, Sequence[Any]]:
        """A value, or None for what can't be told, for each pair and column."""
        ...


class PairContents(Protocol):
    """Contents of a pair while it is judged: shared by measures, and made once.

    *embeddings* are CLIP's of its picture [1 or 2, d], the middle first, un-normalised;
    None until a measure makes them.
    """

    embeddings: NDArray[np.float32] | None

    @property
    def pair(self) -> Pair:
        """The pair itself."""
        ...

    @property
    def data(self) -> bytes:
        """The bytes of its picture's file."""
        ...

    @property
    def container(self) -> Container:
        """The kind of its file by its own marks, or ImageRefused."""
        ...

    @property
    def text(self) -> str:
        """Its canonical caption."""
        ...

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """Its picture [h, w, 3], upright, perhaps scaled down; or ImageRefused."""
        ...


class Subject(StrEnum):
    """The half of a pair that a filter looks at, and so its stage in a report."""

    CAPTION = "captions"
    PICTURE = "pictures"


class Phase(StrEnum):
    """A phase of a job, done with one shard at a time."""

    JUDGE = "judge"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One shard in one phase, for the *attempt*-th time, from 1."""

    phase: Phase
    number: int
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """The result of a task: the *manifest* that it wrote, or a *problem*."""

    task: Task
    manifest: Mapping[str, Any] | None = None
    problem: str = ""


RunTask = Callable[[Task], TaskResult]
"""Does one task, and never raises; it can be pickled and loads what it needs then."""


class Engine(Protocol):
    """Runs tasks somewhere, in any order, each at least once."""

    def run(self, tasks: Sequence[Task], run_task: RunTask, /) -> Iterator[TaskResult]:
        """The results of *tasks*, as they end; a lost worker is a problem."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardProgress:
    """One shard further: *done* of *total* in this *phase*, *count* pairs in it.

    *size* are the bytes of their pictures; *tallies* say how many of the pairs are
    dropped for which reason, as far as its phase knows; *seconds* where its time went.
    With a *problem* it failed for good.
    """

    phase: Phase
    number: int
    name: str
    done: int
    total: int
    count: int = 0
    size: int = 0
    tallies: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""


ProgressListener = Callable[[ShardProgress], None]
"""Hears of every step; called in the driver, one call at a time."""


class Journal(Protocol):
    """Writes a job down outside of its folder; the driver alone calls it.

    Each may be called again when a job is resumed, and the last call counts.
    """

    def begun(self, job: Mapping[str, Any], /) -> None:
        """The content of `job.json`; its "reasons" say what the codes mean."""
        ...

    def overrides(self) -> Mapping[bytes, bool]:
        """The uids with an override by a person; True keeps the pair."""
        ...

    def judged(self, manifest: Mapping[str, Any], /) -> None:
        """The manifest of a shard that is judged, in this run or in one before."""
        ...

    def failed(self, number: int, problem: str, /) -> None:
        """The shard *number* failed for good, and why."""
        ...

    def finalized(self, number: int, codes: Codes, ledger: Ledger, /) -> None:
        """The final verdicts on the pairs of the shard *number*, in their order."""
        ...

    def finished(self, summary: Mapping[str, Any], /) -> None:
        """The sums of the run, whether it came through or not."""
        ...
