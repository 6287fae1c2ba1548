"""A cleaning worker: drives runs and, where there is a broker, cleans single shards."""

from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread
from uuid import UUID

import structlog
from celery import Celery

from datasets_cleaning.errors import CleaningError
from moderation.errors import ModerationError
from vernissage.adapters.celery_cleaning_engine import CLEAN, CLEANING
from vernissage.bootstrap import cleaning
from vernissage.cleaning.driver import Driver
from vernissage.cleaning.shard_worker import ShardWorker, task
from vernissage.db.session import Sessions
from vernissage.errors import VernissageError
from vernissage.logs import error_fields
from vernissage.settings import Settings
from vernissage.worker.app import MEMORY, broker, connected, consume
from vernissage.worker.consumer import call_at_stop

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLoop:
    """Drives the runs that were started on the site, one after the other."""

    settings: Settings
    sessions: Sessions
    driver: Driver
    kind: str

    def run(self) -> None:
        """Drive run after run until told to stop, whatever the end of each."""
        while not self.driver.stopping.is_set():
            try:
                busy = self.drive_next()
            except (CleaningError, ModerationError, VernissageError) as error:
                busy = True  # it is recorded with the run
                log.warning("run_not_finished", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001  # the other runs go on
                busy = False
                log.error("run_crashed", **error_fields(error))  # noqa: TRY400  # the message may quote
            if not busy:
                self.driver.stopping.wait(self.settings.sweep_seconds)

    def drive_next(self) -> bool:
        """Drive the run whose turn it is; False when none waits."""
        run = self.driver.next()
        if run is None:
            return False
        engine = cleaning.engine(
            self.settings, self.sessions, run, kind=self.kind, workers=None
        )
        job = cleaning.job(self.settings, self.sessions, run, engine=engine)
        self.driver.drive(run, job)
        return True


def application(settings: Settings, shard_worker: ShardWorker) -> Celery:
    """A Celery application that lets *shard_worker* do the tasks that messages name."""
    app = connected(settings)
    # On Redis; elsewhere the driver sends again what a dead worker took with it.
    app.conf.worker_disable_prefetch = settings.broker_url.startswith("redis")

    @app.task(name=CLEAN, shared=False)
    def clean(run_id: str, phase: str, number: int, attempt: int) -> None:
        shard_worker.clean(UUID(run_id), task(phase, number, attempt))

    return app


def work(settings: Settings, sessions: Sessions) -> int:
    """Clean until told to stop; the exit status then."""
    stopping, status = Flag(), 0
    local = broker(settings) == MEMORY
    run_loop = RunLoop(
        settings=settings,
        sessions=sessions,
        driver=cleaning.driver(settings, sessions, stopping),
        kind="local" if local else "celery",
    )
    log.info("worker_started", queue=CLEANING, broker=broker(settings))
    driving = Thread(target=run_loop.run, daemon=True)
    driving.start()
    if local:
        call_at_stop(stopping.set)
    else:
        app = application(settings, cleaning.shard_worker(settings, sessions))
        status = consume(app, CLEANING, stopping)
    driving.join()
    log.info("worker_stopped", queue=CLEANING)
    return status
