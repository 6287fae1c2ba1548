"""Job: judge every shard, finalize the verdicts over all, write if asked to.

The folder is the truth: whatever it holds of the very same inputs is not done again, so
a job that was stopped anywhere goes on where it was, and ends with the same files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from datasets_cleaning.classifiers import Classifiers
from datasets_cleaning.destination import Destination, prune
from datasets_cleaning.errors import FatalError
from datasets_cleaning.finalize import Finalizer
from datasets_cleaning.kept_files import write_kept_csv
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.manifest import Manifest
from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import (
    Engine,
    Journal,
    Phase,
    ProgressListener,
    RunTask,
    ShardProgress,
    Source,
    TaskResult,
)
from datasets_cleaning.resume import PreparedJob, prepare_job
from datasets_cleaning.retries import run_with_retries
from datasets_cleaning.summary import DAMAGES, Summary
from datasets_cleaning.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Cleans *source* by *plan* into *to*, by the workers of *engine*.

    Unless *write*, it only judges; a folder that was written to once is written to
    again, so that what lies there is what the verdicts say. *options* are kept in
    `job.json` for a resumption.
    """

    source: Source
    plan: Plan
    classifiers: Classifiers
    to: Destination
    engine: Engine
    journal: Journal
    on_progress: ProgressListener
    write: bool = False
    embeddings: bool = False
    threads: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)

    def run(self) -> Summary:
        """Do what is left to do; or raise if nothing of it can be done.

        Where the disk is full amid it, or a worker has no models, the summary says so;
        what is done stays.
        """
        with self.to.locked():
            details = {
                "versions": self.classifiers.versions(),
                "embeddings": self.embeddings,
                "writing": self.write,
                "options": dict(self.options),
            }
            prepared = prepare_job(
                self.source,
                self.plan,
                self.to,
                details=details,
                check_models=self._check_models,
            )
            self.journal.begun(prepared.job.content)
            summary = _Run(self, prepared, self._worker(prepared)).execute()
            self.to.remove_unfinished()
            self.journal.finished(summary.facts())
            return summary

    def _check_models(self) -> None:
        """Raise ClassifierUnavailable if the workers would lack a model.

        They are loaded for that and let go of: so it is said once, and not by every
        shard.
        """
        self.plan.measures(self.classifiers.on_cpu(), embeddings=self.embeddings)

    def _worker(self, prepared: PreparedJob) -> RunTask:
        """The callable that runs tasks; it loads models only to judge a shard."""
        return Worker(
            shards=prepared.shards,
            source_format=self.source.source_format,
            plan=self.plan,
            classifiers=self.classifiers,
            basis=prepared.job.basis,
            to=self.to,
            threads=self.threads,
        )


@dataclass(slots=True)
class _Run:
    """One way through the phases of a *job*."""

    job: Job
    prepared: PreparedJob
    run_task: RunTask
    judged: dict[int, Manifest] = field(default_factory=dict)
    settled: Manifest = field(default_factory=dict)
    written: dict[int, Manifest] | None = None
    failed: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    def execute(self) -> Summary:
        """The sums, with everything done that could be."""
        try:
            self._judge()
            if self.judged:
                self._finalize()
            if self.judged and self.prepared.job.content["writing"]:
                self._write()
        except FatalError as error:
            if not self.judged:
                raise
            self.stopped = str(error)
        return self._summary()

    def _judge(self) -> None:
        """Judge what is not judged yet."""
        started, before = perf_counter(), self.prepared.judged
        for manifest in before.values():
            self.job.journal.judged(manifest)
        self.judged.update(before)
        self._phase(Phase.JUDGE, self.prepared.shards.keys() - before, self.judged)
        self.judged = dict(sorted(self.judged.items()))
        self.seconds["judge"] = perf_counter() - started

    def _phase(
        self, phase: Phase, numbers: Iterable[int], found: dict[int, Manifest]
    ) -> None:
        """Add the manifests that this run makes in *phase* to those *found* before."""
        names, total = self.prepared.job.names, len(self.prepared.shards)
        for end in run_with_retries(self.job.engine, self.run_task, phase, numbers):
            number = end.task.number
            if end.manifest is None:
                self.failed[names[number]] = end.problem
                self.job.journal.failed(number, end.problem)
            else:
                found[number] = end.manifest
                if phase is Phase.JUDGE:
                    self.job.journal.judged(end.manifest)
            self.job.on_progress(_step(end, names[number], len(found), total))

    def _finalize(self) -> None:
        """Write the final verdicts down and tell them to the journal."""
        started, job = perf_counter(), self.job
        finalizer = Finalizer(
            plan=job.plan, overrides=job.journal.overrides(), to=job.to
        )
        self.settled = finalizer.finalize(self.judged)
        for number in self.judged:
            codes = np.load(job.to.verdicts(number))
            job.journal.finalized(number, codes, Ledger.read(job.to.ledger(number)))
        self.seconds["finalize"] = perf_counter() - started

    def _write(self) -> None:
        """Write what is kept; what else lies there is removed."""
        started, to = perf_counter(), self.job.to
        self.written = before = self.prepared.job.written()
        self._phase(Phase.WRITE, self.judged.keys() - before, self.written)
        prune(to, self.written.values())
        write_kept_csv(to.kept_csv, map(to.rows, sorted(self.written)))
        self.seconds["write"] = perf_counter() - started

    def _summary(self) -> Summary:
        tallies = self.settled.get("tallies", {})
        return Summary(
            shards=len(self.prepared.shards),
            judged=len(self.judged),
            fresh=len(self.judged) - len(self.prepared.judged),
            written=None if self.written is None else len(self.written),
            kept=self.settled.get("count", 0) - sum(tallies.values()),
            tallies=tallies,
            failed=self.failed,
            changed=self.prepared.changed,
            damaged=tuple(
                m["name"] for m in self.judged.values() if DAMAGES & m["tallies"].keys()
            ),
            problems=sum(len(m["problems"]) for m in self.judged.values()),
            stopped=self.stopped,
            seconds=dict(self.seconds),
        )


def _step(end: TaskResult, name: str, done: int, total: int) -> ShardProgress:
    facts = end.manifest or {}
    return ShardProgress(
        phase=end.task.phase,
        number=end.task.number,
        name=name,
        done=done,
        total=total,
        count=facts.get("count", 0),
        size=facts.get("bytes", 0),
        tallies=facts.get("tallies", {}),
        seconds=facts.get("seconds", {}),
        problem=end.problem,
    )
