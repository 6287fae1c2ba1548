import pytest
from sqlalchemy import func, select

from datasets_cleaning.record import Drop as Why
from datasets_cleaning.summary import Summary
from vernissage.adapters.cleaning_log import BATCH, CleaningLog
from vernissage.db.tables import Drop, Job


@pytest.fixture
def log(sessions, clock):
    return CleaningLog.begun(
        sessions, clock, source="shards/1.tar", plan="default-1", policy="test-1"
    )


def test_a_job_has_its_row_from_the_start(log, sessions):
    with sessions() as session:
        job = session.get(Job, log.job_id)

    assert (job.source, job.plan, job.policy) == ("shards/1.tar", "default-1", "test-1")
    assert job.finished_at is None


def test_a_finished_job_has_its_sums_and_its_drops(log, sessions):
    summary = Summary(kept=5)
    summary.drops["duplicate"] += 1
    log.dropped("2", Why("duplicate", "the same picture as 1"))

    log.finished(summary)

    with sessions() as session:
        job = session.get(Job, log.job_id)
        [drop] = job.drops
    assert (job.seen, job.kept) == (6, 5)
    assert job.finished_at > job.started_at
    assert (drop.key, drop.reason, drop.detail) == (
        "2",
        "duplicate",
        "the same picture as 1",
    )


def test_drops_are_written_while_the_job_goes_on(log, sessions):
    for number in range(BATCH + 1):
        log.dropped(str(number), Why("duplicate", ""))

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Drop)) == BATCH


def test_a_key_that_is_no_text_is_stored_all_the_same(log, sessions):
    log.dropped("\udcff\0", Why("structure:unsafe_name", "\udcff"))

    log.finished(Summary())

    with sessions() as session:
        [drop] = session.get(Job, log.job_id).drops
    assert (drop.key, drop.detail) == ("\\udcff\N{REPLACEMENT CHARACTER}", "\\udcff")
