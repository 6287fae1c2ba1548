from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from datasets_cleaning.errors import SourceError
from datasets_cleaning.summary import Summary
from tests.cleaning_runs import a_run
from tests.fakes import ManualClock
from tests.journeys.site import until
from vernissage.cleaning.driver import Driver
from vernissage.cleaning.models import Run, RunState
from vernissage.cleaning.runs import Runs
from vernissage.db.session import Sessions
from vernissage.errors import Cancelled, NotFound, WrongState
from vernissage.services.heartbeat import renewing

DONE = Summary(shards=1, judged=1, fresh=1, kept=1)


@pytest.fixture
def driver(sessions: Sessions, clock: ManualClock) -> Driver:
    return Driver(
        sessions=sessions,
        clock=clock,
        length=timedelta(seconds=30),
        owner="driver",
        stopping=Event(),
    )


@pytest.fixture
def asked(sessions: Sessions) -> Run:
    return a_run(sessions, started_by="ada")


@pytest.fixture
def now(sessions: Sessions) -> Callable[[Run], Run]:
    """The run as it is on record."""

    def found(run: Run) -> Run:
        with sessions() as session:
            return Runs(session)[run.id]

    return found


@pytest.mark.parametrize(
    ("summary", "state"),
    [
        (DONE, RunState.DONE),
        (replace(DONE, failed={"a.tar": "cut short"}), RunState.PARTIAL),
        (replace(DONE, stopped="no room for it"), RunState.PARTIAL),
        (replace(DONE, judged=0), RunState.FAILED),
    ],
)
def test_a_run_ends_as_its_job_did(driver, asked, now, summary, state):
    driver.drive(driver.take(asked.id), lambda check: summary)

    ended = now(asked)
    assert (ended.state, ended.lease_owner) == (state, None)
    assert ended.problem == summary.stopped
    assert ended.finished_at is not None


def test_what_was_asked_for_first_is_driven_first(driver, sessions, clock):
    wanted = [a_run(sessions, started_by="ada", asked_at=clock()) for _ in range(2)]

    taken = [driver.next() for _ in range(3)]

    assert [run and run.id for run in taken] == [*(run.id for run in wanted), None]


def test_a_run_from_the_command_line_is_nobody_elses(driver, sessions, clock):
    run = a_run(sessions)
    driver.take(run.id)
    clock.advance(60)
    ours = a_run(sessions, started_by="ada")

    found = driver.next()

    assert found is not None
    assert found.id == ours.id
    assert driver.next() is None


def test_a_run_whose_driver_is_gone_is_taken_over(driver, asked, clock):
    replace(driver, owner="dead").next()
    assert driver.next() is None

    clock.advance(31)

    found = driver.next()
    assert found is not None
    assert (found.id, found.lease_owner) == (asked.id, "driver")


def test_two_never_drive_one_run(driver, asked):
    driver.take(asked.id)

    with pytest.raises(WrongState, match="driver works on the run"):
        replace(driver, owner="another").take(asked.id)


def test_who_is_told_to_end_leaves_a_run_to_the_next(driver, asked, now):
    def job(check):
        driver.stopping.set()
        check()

    with pytest.raises(Cancelled):
        driver.drive(driver.take(asked.id), job)

    assert (now(asked).state, now(asked).lease_owner) == (RunState.WAITING, None)


def test_a_run_that_is_called_off_stays_so(driver, asked, now, sessions, clock):
    def job(check):
        with sessions.begin() as session:
            Runs(session).cancel(asked.id, clock())
        quick = replace(driver, length=timedelta(milliseconds=3))
        with renewing(lambda: quick._renew(run), length=quick.length) as lost:
            until(lost.is_set, 10)
        raise Cancelled("it was cancelled")

    run = driver.take(asked.id)
    with pytest.raises(Cancelled):
        driver.drive(run, job)

    assert now(asked).state is RunState.CANCELLED


def test_why_a_run_failed_is_on_record(driver, asked, now):
    def job(check):
        raise SourceError("there is no file a.tar")

    with pytest.raises(SourceError):
        driver.drive(driver.take(asked.id), job)

    failed = now(asked)
    assert failed.state is RunState.FAILED
    assert failed.problem == "SourceError: there is no file a.tar"


def test_what_never_began_on_the_command_line_leaves_nothing(driver, sessions, now):
    def job(check):
        raise SourceError("there is no file a.tar")

    run = driver.take(a_run(sessions).id)
    with pytest.raises(SourceError):
        driver.drive(run, job)

    with pytest.raises(NotFound):
        now(run)


def test_only_what_has_ended_is_taken_up_again(driver, asked, now, sessions):
    with sessions.begin() as session, pytest.raises(WrongState):
        Runs(session).ask_again(asked.id, "vera")
    driver.drive(driver.take(asked.id), lambda check: DONE)

    with sessions.begin() as session:
        Runs(session).ask_again(asked.id, "vera")

    again = now(asked)
    assert (again.state, again.started_by) == (RunState.WAITING, "vera")
    assert again.finished_at is None
