"""The parts of a cleaning run: source, plan, classifiers, engine, journal."""

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from threading import Event as Flag
from typing import Final

from datasets_cleaning.classifiers import Classifiers
from datasets_cleaning.destination import Destination
from datasets_cleaning.engines.local import LocalEngine
from datasets_cleaning.engines.ray import RayEngine
from datasets_cleaning.job import Job
from datasets_cleaning.job_state import JobState
from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import (
    Engine,
    ProgressListener,
    RunTask,
    Shard,
    ShardProgress,
    Source,
    SourceFormat,
)
from datasets_cleaning.sources import open_source
from datasets_cleaning.summary import Summary
from datasets_cleaning.verdicts import reasons
from datasets_cleaning.worker import Worker
from generation.checkpoints.weights import Weights
from vernissage.adapters.celery_cleaning_engine import CeleryEngine, Messages
from vernissage.adapters.celery_notifier import CeleryNotifier
from vernissage.adapters.cleaning_journal import CleaningJournal
from vernissage.bootstrap import components
from vernissage.cleaning.driver import Check, Driver
from vernissage.cleaning.models import Run, RunState
from vernissage.cleaning.runs import Runs
from vernissage.cleaning.shard_worker import ShardWorker
from vernissage.db.session import Sessions
from vernissage.errors import SettingsError
from vernissage.settings import Settings

ENGINES: Final = ("local", "celery", "ray")


@dataclass(frozen=True, slots=True)
class FirstShards:
    """The first *most* shards of *whole*."""

    whole: Source
    most: int

    @property
    def uri(self) -> str:
        """The URI of *whole*."""
        return self.whole.uri

    @property
    def source_format(self) -> SourceFormat:
        """The format of *whole*."""
        return self.whole.source_format

    def shards(self) -> Sequence[Shard]:
        """The first shards, in the order of their numbers; or SourceError."""
        return self.whole.shards()[: self.most]


def classifiers(settings: Settings) -> Classifiers:
    """The models in force, by their paths; CLIP and heads judge pictures."""
    if settings.clip is None:
        prior = Weights.find(components.weights(settings)).prior
        models = Classifiers.of_prior(prior, heads=settings.heads)
    else:
        models = Classifiers(clip=settings.clip, heads=settings.heads)
    return replace(
        models,
        detoxify=settings.detoxify,
        aesthetics=settings.aesthetics,
        watermark=settings.watermark,
        lists=_lists(settings.cleaning_lists),
        device=settings.device,
    )


def _lists(folder: Path | None) -> tuple[Path, ...]:
    if folder is None:
        return ()
    if not (lists := tuple(sorted(folder.glob("*.csv")))):
        raise SettingsError(f"VERNISSAGE_CLEANING_LISTS: no .csv file is in {folder}")
    return lists


def worker_name() -> str:
    """A name that no other process has."""
    return f"{socket.gethostname()[:64]}:{os.getpid()}:{token_hex(4)}"


def driver(settings: Settings, sessions: Sessions, stopping: Flag) -> Driver:
    """The driver of runs in this process."""
    return Driver(
        sessions=sessions,
        clock=components.now,
        length=timedelta(seconds=settings.lease_seconds),
        owner=worker_name(),
        stopping=stopping,
    )


@dataclass(slots=True, kw_only=True)
class WorkFactory:
    """Makes the task runner of a run, for one thread; once, while its job stays."""

    settings: Settings
    digest: bytes = b""
    work: RunTask | None = None

    def __call__(self, run: Run) -> RunTask:
        """The task runner of *run*; SettingsError when the classifiers here differ."""
        job = JobState.read(Path(run.folder))
        digest = sha256(job.to.job.read_bytes()).digest()
        if self.work is None or digest != self.digest:
            self.work, self.digest = self._made(job), digest
        return self.work

    def _made(self, job: JobState) -> RunTask:
        models = classifiers(self.settings)
        found, wanted = models.versions(), job.content["versions"]
        names = sorted(found.keys() | wanted.keys())
        if other := [name for name in names if found.get(name) != wanted.get(name)]:
            raise SettingsError(
                f"the classifiers here are not those of the run ({', '.join(other)}):"
                " give this worker the settings of the process that started it"
            )
        source = _source(job.content["source"], job.plan)
        return Worker(
            shards=dict(enumerate(source.shards())),
            source_format=source.source_format,
            plan=job.plan,
            classifiers=models,
            basis=job.basis,
            to=job.to,
        )


def shard_worker(settings: Settings, sessions: Sessions) -> ShardWorker:
    """The worker that cleans single shards in this process."""
    return ShardWorker(
        sessions=sessions,
        clock=components.now,
        length=timedelta(seconds=settings.lease_seconds),
        owner=worker_name(),
        work_of=WorkFactory(settings=settings),
    )


def asked_for(
    sessions: Sessions, *, source: str, folder: Path, plan: Plan, writes: bool
) -> Run:
    """The run on record that cleans *source* by *plan* into *folder*, or a new one."""
    where = str(folder.resolve())
    with sessions.begin() as session:
        run = Runs(session).into(where)
        if run is None or (run.source, run.plan_text) != (source, plan.text):
            run = Run(
                source=source,
                folder=where,
                plan=plan.version,
                plan_text=plan.text,
                policy=plan.policy.version,
                state=RunState.WAITING,
                asked_at=components.now(),
            )
            session.add(run)
        run.writes = run.writes or writes
    return run


def planned(sessions: Sessions, run: Run) -> Plan:
    """The plan of *run*; one from the site gets its text when it is first driven."""
    if run.plan_text:
        return Plan.parse(run.plan_text)
    plan = Plan.bundled(run.plan)
    with sessions.begin() as session:
        Runs(session).change(
            run, plan=plan.version, plan_text=plan.text, policy=plan.policy.version
        )
    return plan


def job(  # noqa: PLR0913  # a job has many parts
    settings: Settings,
    sessions: Sessions,
    run: Run,
    *,
    engine: Callable[[Check], Engine],
    limit: int | None = None,
    on_progress: ProgressListener | None = None,
) -> Callable[[Check], Summary]:
    """The job of *run*, to be called with a check that it is still one's own."""

    def go(check: Check) -> Summary:
        plan = planned(sessions, run)
        source = _source(run.source, plan)
        record = CleaningJournal(
            sessions=sessions,
            clock=components.now,
            run=run,
            reasons=reasons(plan.filters),
            borderline=frozenset().union(*(each.borderline for each in plan.filters)),
        )

        def step(step: ShardProgress) -> None:
            check()
            record.step(step)
            if on_progress is not None:
                on_progress(step)

        return Job(
            source=source if limit is None else FirstShards(source, limit),
            plan=plan,
            classifiers=classifiers(settings),
            to=Destination(Path(run.folder)),
            engine=engine(check),
            journal=record,
            on_progress=step,
            write=run.writes,
        ).run()

    return go


def engine(
    settings: Settings, sessions: Sessions, run: Run, *, kind: str, workers: int | None
) -> Callable[[Check], Engine]:
    """The engine of *kind* for *run*; SettingsError without a broker."""
    if kind == "celery":
        return _by_messages(settings, sessions, run)
    if kind == "ray":
        gpus = float(settings.device != "cpu")
        return lambda _: RayEngine(
            workers=workers or local_workers(settings), gpus=gpus
        )
    return lambda _: LocalEngine(workers or local_workers(settings))


def _by_messages(
    settings: Settings, sessions: Sessions, run: Run
) -> Callable[[Check], Engine]:
    if settings.broker_url.startswith("memory:"):
        raise SettingsError(
            "VERNISSAGE_BROKER_URL: the engine celery needs a broker that other"
            " processes reach, and memory:// ends with its own: set redis:// or amqp://"
        )
    return lambda check: CeleryEngine(
        send=Messages(CeleryNotifier.at(settings.broker_url).app, run.id),
        sessions=sessions,
        clock=components.now,
        run_id=run.id,
        check=check,
    )


def _source(uri: str, plan: Plan) -> Source:
    return open_source(uri, images=not plan.captions_only)


def local_workers(settings: Settings) -> int:
    """Number of workers on this machine: one per core, or one for the GPU."""
    return len(os.sched_getaffinity(0)) if settings.device == "cpu" else 1
