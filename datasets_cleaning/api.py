"""Cleaning a data set in one call."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from datasets_cleaning.classifiers import Classifiers
from datasets_cleaning.destination import Destination
from datasets_cleaning.engines.local import LocalEngine
from datasets_cleaning.errors import DestinationError
from datasets_cleaning.job import Job
from datasets_cleaning.job_state import JobState
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.overrides import Overrides, read_overrides
from datasets_cleaning.plan import BUNDLED, Plan
from datasets_cleaning.protocols import Codes, Engine, ProgressListener, ShardProgress
from datasets_cleaning.sources import Columns, open_source
from datasets_cleaning.summary import Summary


@dataclass(frozen=True, slots=True)
class FolderJournal:
    """A journal of no record but the folder; people's words are given to it."""

    options: Overrides = field(default_factory=dict)

    def begun(self, job: Mapping[str, Any], /) -> None:
        """Leave it to the folder."""

    def overrides(self) -> Overrides:
        """The overrides that it was given."""
        return self.options

    def judged(self, manifest: Mapping[str, Any], /) -> None:
        """Leave it to the folder."""

    def failed(self, number: int, problem: str, /) -> None:
        """Leave it to the summary."""

    def finalized(self, number: int, codes: Codes, ledger: Ledger, /) -> None:
        """Leave it to the folder."""

    def finished(self, summary: Mapping[str, Any], /) -> None:
        """Leave it to the caller."""


def clean(  # noqa: PLR0913  # what a job is made of, all of it by name
    source: str | Path,
    to: str | Path,
    *,
    plan: Plan | str | Path = BUNDLED[0],
    classifiers: Classifiers | None = None,
    columns: Columns | None = None,
    write: bool = False,
    embeddings: bool = False,
    overrides: Path | None = None,
    engine: Engine | None = None,
    on_progress: ProgressListener | None = None,
) -> Summary:
    """Judge every pair of *source* by *plan* into the folder *to*; keep what may be.

    A run that was stopped goes on when it is called again. Raises a CleaningError or a
    ModerationError if nothing can be done; shards that fail are in the summary.

    Args:
        source: what `sources.open_source` takes.
        to: a new folder, or that of the same job.
        plan: the name of a bundled one, or a file.
        columns: where pictures and captions are, if not in the usual place.
        write: copy what is kept; otherwise it is only judged.
        classifiers: where the models are; without any, only captions can be judged.
        embeddings: keep CLIP's view of each picture, for the trainers.
        overrides: a CSV file of what people have said, see `overrides`.
        engine: who works; by default a process for each core.
        on_progress: called with each shard that is done.
    """
    plan = plan if isinstance(plan, Plan) else Plan.named(str(plan))
    job = Job(
        source=open_source(str(source), columns=columns, images=not plan.captions_only),
        plan=plan,
        classifiers=classifiers or Classifiers(),
        to=Destination(Path(to)),
        engine=engine or LocalEngine(os.cpu_count() or 1),
        journal=FolderJournal(read_overrides(overrides) if overrides else {}),
        on_progress=on_progress or _ignore,
        write=write,
        embeddings=embeddings,
        options=options_of(classifiers or Classifiers(), columns, overrides),
    )
    return job.run()


def resume(
    folder: Path,
    *,
    engine: Engine | None = None,
    on_progress: ProgressListener | None = None,
) -> Summary:
    """Go on with the job in *folder*, with all that `clean` was given."""
    job = JobState.read(folder)
    content = job.content
    options = content["options"]
    if not options:
        raise DestinationError(f"{folder} is another program's: go on with it there")
    return clean(
        content["source"],
        folder,
        plan=job.plan,
        classifiers=classifiers_of(options),
        columns=Columns(**options["columns"]),
        embeddings=content["embeddings"],
        overrides=Path(options["overrides"]) if options["overrides"] else None,
        engine=engine,
        on_progress=on_progress,
    )


def options_of(
    classifiers: Classifiers, columns: Columns | None, overrides: Path | None
) -> dict[str, Any]:
    """Options that `job.json` keeps for `resume`."""
    paths = {
        name: [str(path) for path in value]
        if isinstance(value, tuple)
        else value and str(value)
        for name, value in asdict(classifiers).items()
    }
    return {
        "classifiers": paths,
        "columns": asdict(columns or Columns()),
        "overrides": overrides and str(overrides),
    }


def classifiers_of(options: Mapping[str, Any]) -> Classifiers:
    """The classifiers that *options* of a `job.json` name."""
    options = dict(options["classifiers"])
    device, lists = options.pop("device"), options.pop("lists")
    paths = {name: value and Path(value) for name, value in options.items()}
    return Classifiers(**paths, lists=tuple(map(Path, lists)), device=device)


def _ignore(step: ShardProgress) -> None:
    """Say nothing of *step*."""
