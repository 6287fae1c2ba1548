"""Cleaning by messages: a real broker, real worker processes, equal results."""

import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from PIL import Image

from datasets_cleaning.destination import Destination
from datasets_cleaning.plan import Plan
from datasets_cleaning.resume import prepare_job
from datasets_cleaning.sources import open_source
from tests.cleaning_runs import a_run
from tests.journeys.site import clean_environment, until
from tests.servers import Server
from vernissage.bootstrap import cleaning
from vernissage.cleaning.drops import Drops
from vernissage.cleaning.models import Run, RunState, ShardState
from vernissage.cleaning.runs import Runs
from vernissage.cleaning.shards import Shards
from vernissage.db.session import Sessions
from vernissage.errors import SettingsError
from vernissage.settings import Settings
from vernissage.worker.cleaning import RunLoop

ROOT = Path(__file__).parents[3]
PAIRS = [b"a quiet lake", b"a man with a knife, blood", b"", b"red apple"]


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Two tars of four pairs."""
    folder = tmp_path / "in"
    folder.mkdir()
    new_seed = np.random.default_rng(3)
    for number in range(2):
        with tarfile.open(folder / f"{number}.tar", "w") as tar:
            for place, caption in enumerate(PAIRS):
                coarse = new_seed.integers(0, 256, (32, 32, 3), np.uint8)
                picture = io.BytesIO()
                Image.fromarray(coarse).resize((256, 256)).save(picture, "JPEG")
                for name, data in (
                    (f"{number}{place}.jpg", picture.getvalue()),
                    (f"{number}{place}.txt", caption),
                ):
                    member = tarfile.TarInfo(name)
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))
    return folder


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        home=tmp_path, database_url=database_url, lease_seconds=1, sweep_seconds=0.2
    )


def cleaned(settings, sessions, source, folder, kind):
    """The run over *source* into *folder*, once the engine of that *kind* is done."""
    plan = Plan.bundled()
    asked = cleaning.asked_for(
        sessions, source=str(source), folder=folder, plan=plan, writes=True
    )
    who = cleaning.engine(settings, sessions, asked, kind=kind, workers=1)
    driver = cleaning.driver(settings, sessions, Event())
    run = driver.take(asked.id)
    driver.drive(run, cleaning.job(settings, sessions, run, engine=who))
    return run


def results(folder):
    """The bytes of everything a run made, but for what tells of time and place."""
    made = ("ledger", "verdicts", "kept", "embeddings")
    files = [f for part in made for f in (folder / part).rglob("*") if f.is_file()]
    files += [folder / name for name in ("kept.csv", "dropped.jsonl")]
    return {str(f.relative_to(folder)): f.read_bytes() for f in files}


def on_record(sessions, run: Run):
    with sessions() as session:
        tallies = Drops(session).tallies(run.id)
        now = Runs(session)[run.id]
        shards = [(s.name, s.seen, s.kept) for s in Shards(session, run.id).all()]
    return now.state, now.seen, now.kept, tallies, shards


@pytest.fixture
def workers(
    settings: Settings, redis: Server
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two worker processes on Redis, told to go at the end."""
    environment = clean_environment(
        PYTHONPATH=f"{ROOT / 'platform'}:{ROOT}",
        VERNISSAGE_HOME=str(settings.home),
        VERNISSAGE_DATABASE_URL=settings.database_url,
        VERNISSAGE_BROKER_URL=redis.url,
        VERNISSAGE_LEASE_SECONDS="1",
        VERNISSAGE_SWEEP_SECONDS="0.2",
    )
    command = [sys.executable, "-m", "vernissage", "clean", "work"]
    started = [subprocess.Popen(command, env=environment) for _ in range(2)]
    yield started
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


def kill_who_works(sessions: Sessions, workers: list[subprocess.Popen[bytes]]) -> None:
    """Kill the first worker that takes a shard, in the middle of it."""

    def holder() -> int:
        with sessions() as session:
            run = Runs(session).newest(limit=1)
            shards = Shards(session, run[0].id).all() if run else []
        owners = [s.lease_owner for s in shards if s.status is ShardState.LEASED]
        return int(owners[0].split(":")[1]) if owners and owners[0] else 0

    until(holder)
    os.kill(holder(), signal.SIGKILL)


@pytest.mark.enable_socket
@pytest.mark.timeout(180)
def test_messages_and_a_killed_worker_make_the_same_bytes_as_this_machine(
    settings, sessions, shards, redis, workers, tmp_path
):
    remote = settings.model_copy(update={"broker_url": redis.url})
    killer = Thread(target=kill_who_works, args=(sessions, workers))
    killer.start()

    by_messages = cleaned(remote, sessions, shards, tmp_path / "celery", "celery")
    killer.join()
    alone = cleaned(settings, sessions, shards, tmp_path / "local", "local")

    assert [worker.poll() for worker in workers].count(-signal.SIGKILL) == 1
    assert results(tmp_path / "celery") == results(tmp_path / "local")
    found = on_record(sessions, by_messages)
    assert found == on_record(sessions, alone)
    assert found[:2] == (RunState.DONE, 8)
    assert found[3]["caption_empty"] == 2


def test_messages_need_a_broker_that_outlives_the_process(settings, sessions):
    run = a_run(sessions)

    with pytest.raises(SettingsError, match="set redis:// or amqp://"):
        cleaning.engine(settings, sessions, run, kind="celery", workers=None)


def test_a_run_from_the_site_that_cannot_be_done_says_why(settings, sessions, tmp_path):
    run = a_run(
        sessions,
        source=str(tmp_path / "none.tar"),
        folder=str(tmp_path / "out"),
        plan="default",
        policy="",
        started_by="ada",
    )
    stopping = Event()
    run_loop = RunLoop(
        settings=settings,
        sessions=sessions,
        driver=cleaning.driver(settings, sessions, stopping),
        kind="local",
    )

    driving = Thread(target=run_loop.run)
    driving.start()
    until(lambda: on_record(sessions, run)[0] is RunState.FAILED, 20)
    stopping.set()
    driving.join()

    with sessions() as session:
        ended = Runs(session)[run.id]
    assert "there is no file" in ended.problem
    assert ended.plan.startswith("default-")


def test_a_worker_with_other_judges_than_the_run_cleans_nothing(
    settings, sessions, tmp_path
):
    table, folder = tmp_path / "pairs.csv", tmp_path / "out"
    table.write_text("image_name,caption\na.jpg,a lake\n", "utf-8")
    run = a_run(sessions, source=str(table), folder=str(folder))
    folder.mkdir()
    versions = {**cleaning.classifiers(settings).versions(), "heads": "others"}
    details = {
        "versions": versions,
        "embeddings": False,
        "writing": False,
        "options": {},
    }
    source, plan = open_source(str(table), images=False), Plan.bundled("captions")
    prepare_job(
        source, plan, Destination(folder), details=details, check_models=lambda: None
    )

    with pytest.raises(SettingsError, match=r"not those of the run \(heads\)"):
        cleaning.WorkFactory(settings=settings)(run)
