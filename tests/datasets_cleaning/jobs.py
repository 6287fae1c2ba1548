"""Toy jobs as a driver starts them; importing this loads what drivers load."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

from datasets_cleaning.api import FolderJournal
from datasets_cleaning.classifiers import Classifiers
from datasets_cleaning.destination import Destination
from datasets_cleaning.filter import Filter
from datasets_cleaning.job import Job
from datasets_cleaning.plan import Plan
from datasets_cleaning.plan_file import Duplicates
from datasets_cleaning.protocols import Codes, Engine, Measure, ShardProgress
from datasets_cleaning.sources import open_source
from datasets_cleaning.summary import Summary
from moderation.errors import ClassifierUnavailable
from tests.datasets_cleaning.toys import FILTERS, Inline, RemoteEngine, ToyWorker

WITH_TIMES = ("judged", "written")


@dataclass(frozen=True)
class ToyPlan:
    version: str = "toy-1"
    text: str = "toy"
    sha256: str = "toy"
    filters: tuple[Filter, ...] = FILTERS
    duplicates: Duplicates = field(default_factory=lambda: Duplicates(exact=True))
    score_all: bool = False
    captions_only: bool = False

    def measures(self, loaded: Any, *, embeddings: bool = False) -> tuple[Measure, ...]:
        loaded.check()
        return ()


@dataclass(frozen=True)
class ToyClassifiers:
    """Models that are there, unless something is *missing*."""

    missing: str = ""

    def check(self) -> None:
        if self.missing:
            raise ClassifierUnavailable(self.missing)

    def on_cpu(self) -> Self:
        return self

    def versions(self) -> dict[str, str]:
        return {"toy": "1"}


@dataclass
class RecordingJournal:
    """A journal that remembers; the overrides *said* are given to it."""

    said: Mapping[bytes, bool] = field(default_factory=dict)
    verdicts: dict[int, Codes] = field(default_factory=dict)
    manifests: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    sums: Mapping[str, Any] = field(default_factory=dict)

    def begun(self, job, /):
        assert job["reasons"]

    def overrides(self):
        return self.said

    def judged(self, manifest, /):
        self.manifests[manifest["number"]] = manifest

    def failed(self, number, problem, /):
        self.failures[number] = problem

    def finalized(self, number, codes, ledger, /):
        assert len(codes) == len(ledger)
        self.verdicts[number] = codes

    def finished(self, summary, /):
        self.sums = summary


def cleaned(
    source: Path,
    to: Path,
    *,
    engine: Engine | None = None,
    plan: ToyPlan | None = None,
    journal: Any = None,
    write: bool = True,
    deadly: float = 0.0,
    on_progress: Any = None,
    missing: str = "",
    tasks_run: list[Any] | None = None,
) -> Summary:
    """A toy job over the tars in *source*; *tasks_run* takes the tasks."""
    opened = open_source(str(source))
    run_task = ToyWorker(
        shards=dict(enumerate(opened.shards())), to=Destination(to), deadly=deadly
    )
    job = Job(
        source=opened,
        plan=cast("Plan", plan or ToyPlan()),
        classifiers=cast("Classifiers", ToyClassifiers(missing)),
        to=Destination(to),
        engine=RemoteEngine(
            engine or Inline(), run_task, [] if tasks_run is None else tasks_run
        ),
        journal=journal or FolderJournal(),
        on_progress=on_progress or nothing,
        write=write,
    )
    return job.run()


def nothing(step: ShardProgress) -> None:
    """Hear of *step*."""


def tree(root: Path) -> dict[str, bytes]:
    """Every file below *root*; manifests without the times in them."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != ".lock":
            data = path.read_bytes()
            if path.parent.name in WITH_TIMES and path.suffix == ".json":
                data = json.dumps({**json.loads(data), "seconds": None}).encode()
            found[path.relative_to(root).as_posix()] = data
    return found


def reasons(to: Path) -> dict[str, str]:
    """The reasons of the pairs that are not kept, by their keys."""
    lines = (to / "dropped.jsonl").read_text("utf-8").splitlines()
    return {line["key"]: line["reason"] for line in map(json.loads, lines)}
