from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from datasets_cleaning.errors import EngineError
from datasets_cleaning.protocols import Phase, Task, TaskResult
from tests.cleaning_runs import a_run, driven
from tests.fakes import ManualClock
from vernissage.adapters.celery_cleaning_engine import SILENT, CeleryEngine
from vernissage.cleaning.models import Run, ShardState
from vernissage.cleaning.runs import Runs
from vernissage.cleaning.shard_worker import ShardWorker
from vernissage.cleaning.shards import Shards
from vernissage.db.session import Sessions
from vernissage.errors import Cancelled

TASKS = [Task(phase=Phase.JUDGE, number=number) for number in range(3)]


def judge(task):
    if task.number == 1 and task.attempt == 1:
        return TaskResult(task=task, problem="it is cut short")
    return TaskResult(task=task, manifest={"number": task.number})


@pytest.fixture
def run(sessions: Sessions, clock: ManualClock) -> Run:
    run = driven(sessions, clock, a_run(sessions))
    with sessions.begin() as session:
        Shards(session, run.id).register(dict.fromkeys(range(3), "s.tar"), Phase.JUDGE)
    return run


@pytest.fixture
def shard_worker(sessions: Sessions, clock: ManualClock) -> ShardWorker:
    return ShardWorker(
        sessions=sessions,
        clock=clock,
        length=timedelta(seconds=30),
        owner="worker",
        work_of=lambda run: judge,
    )


@pytest.fixture
def engine(run: Run, shard_worker: ShardWorker) -> Callable[..., CeleryEngine]:
    """An engine whose messages arrive at once, unless a test says otherwise."""

    def made(send: Callable[[Task], None] | None = None) -> CeleryEngine:
        def arrive(task: Task) -> None:
            shard_worker.clean(run.id, task)

        def check() -> None:
            with shard_worker.sessions.begin() as session:
                Runs(session).guard(run)

        return CeleryEngine(
            send=send or arrive,
            sessions=shard_worker.sessions,
            clock=shard_worker.clock,
            run_id=run.id,
            check=check,
            pause=0.001,
            stale=0.05,
        )

    return made


def statuses(sessions, run):
    with sessions() as session:
        return [shard.status for shard in Shards(session, run.id).all()]


def test_every_task_ends_with_what_its_worker_said(engine):
    done = list(engine().run(TASKS, judge))

    assert sorted((d.task.number, d.manifest, d.problem) for d in done) == [
        (0, {"number": 0}, ""),
        (1, None, "it is cut short"),
        (2, {"number": 2}, ""),
    ]


def test_a_task_asked_for_again_is_done_again(engine):
    list(engine().run(TASKS, judge))

    [done] = engine().run([Task(phase=Phase.JUDGE, number=1, attempt=2)], judge)

    assert (done.manifest, done.problem) == ({"number": 1}, "")


def test_a_doubled_message_is_work_for_one(engine, shard_worker, run):
    heard: list[bool] = []

    def twice(task):
        heard.extend(shard_worker.clean(run.id, task) for _ in range(2))

    list(engine(twice).run(TASKS[:1], judge))

    assert heard == [True, False]


def test_a_lost_message_is_sent_again(engine, shard_worker, run):
    lost: list[Task] = []

    def lose_the_first(task):
        if lost:
            shard_worker.clean(run.id, task)
        lost.append(task)

    [done] = engine(lose_the_first).run(TASKS[:1], judge)

    assert done.manifest == {"number": 0}
    assert len(lost) == 2


def test_a_worker_that_falls_silent_is_a_problem(engine, sessions, clock, run):
    def take_and_die(task):
        with sessions.begin() as session:
            until = clock() + timedelta(seconds=30)
            Shards(session, run.id).claim(task.number, task.phase, "dead", until)
        clock.advance(31)

    engine = engine(take_and_die)
    with sessions.begin() as session:
        Runs(session).change(run, lease_until=clock() + timedelta(days=1))

    [done] = engine.run(TASKS[:1], judge)

    assert (done.manifest, done.problem) == (None, SILENT)


def test_who_comes_back_after_the_lease_ran_out_counts_no_more(
    shard_worker, sessions, clock, run
):
    def outlive_the_lease(task):
        clock.advance(31)
        with sessions.begin() as session:
            Shards(session, run.id).give_up(task.number, clock(), SILENT)
        return judge(task)

    late = replace(shard_worker, work_of=lambda run: outlive_the_lease)

    assert not late.clean(run.id, TASKS[0])
    with sessions() as session:
        assert Shards(session, run.id)[0].problem == SILENT


def test_a_run_that_is_called_off_stops_asking(engine, sessions, clock, run):
    def call_off(task):
        with sessions.begin() as session:
            Runs(session).cancel(run.id, clock())

    with pytest.raises(Cancelled):
        list(engine(call_off).run(TASKS[:1], judge))


def test_nobody_takes_a_shard_of_a_run_that_nobody_drives(
    shard_worker, sessions, clock, run
):
    with sessions.begin() as session:
        Runs(session).cancel(run.id, clock())

    assert not shard_worker.clean(run.id, TASKS[0])
    assert statuses(sessions, run) == [ShardState.WAITING] * 3


def test_a_broker_that_is_away_at_the_start_is_said(engine):
    def fail(task):
        raise EngineError("the broker does not take messages: OperationalError")

    with pytest.raises(EngineError, match="does not take messages"):
        list(engine(fail).run(TASKS, judge))


def test_work_that_cannot_be_made_is_the_shards_problem(shard_worker, sessions, run):
    def broken(run):
        raise OSError("no such folder")

    helpless = replace(shard_worker, work_of=broken)

    assert helpless.clean(run.id, TASKS[0])
    with sessions() as session:
        shard = Shards(session, run.id)[0]
    assert (shard.status, shard.problem) == (
        ShardState.FAILED,
        "OSError: no such folder",
    )
