import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import func, select

from datasets_cleaning.ledger import Ledger
from datasets_cleaning.pair import uid
from datasets_cleaning.protocols import Phase, ShardProgress
from tests.cleaning_runs import a_run, driven
from tests.fakes import ManualClock
from vernissage.adapters import dropped_pairs_bulk_insert
from vernissage.adapters.cleaning_journal import CleaningJournal, readable, verdicts
from vernissage.cleaning.drops import Drops, Overrides
from vernissage.cleaning.models import (
    Override,
    OverrideVerdict,
    RunDrop,
    RunState,
    ShardState,
)
from vernissage.cleaning.runs import Runs
from vernissage.cleaning.shards import Shards
from vernissage.db.session import Sessions
from vernissage.errors import Cancelled

REASONS = ("caption_missing", "image_review:violence", "listed")
GREY = frozenset({"image_review:violence"})
JOB = {
    "shards": [
        {"number": 0, "name": "a.tar", "fingerprint": "1"},
        {"number": 1, "name": "b.tar", "fingerprint": "2"},
    ]
}


def a_ledger(*keys):
    uids = [uid(key.encode(), "") for key in keys]
    names = pa.array(keys, pa.string())
    return Ledger(pa.table({"key": names, "uid": pa.array(uids, pa.binary(16))}))


def codes(*values):
    return np.array(values, np.uint8)


def begun(sessions: Sessions, clock: ManualClock) -> CleaningJournal:
    run = driven(sessions, clock, a_run(sessions))
    record = CleaningJournal(
        sessions=sessions, clock=clock, run=run, reasons=REASONS, borderline=GREY
    )
    record.begun(JOB)
    return record


@pytest.fixture
def record(sessions: Sessions, clock: ManualClock) -> CleaningJournal:
    return begun(sessions, clock)


@pytest.fixture
def each_record(each_sessions: Sessions, clock: ManualClock) -> CleaningJournal:
    """A journal on SQLite, then on PostgreSQL."""
    return begun(each_sessions, clock)


def drops(record):
    with record.sessions() as session:
        rows = session.scalars(select(RunDrop).order_by(RunDrop.shard, RunDrop.place))
        return [(d.shard, d.place, d.key, d.reason, d.borderline) for d in rows]


def test_every_verdict_and_every_drop_are_on_record(each_record):
    ledger = a_ledger("a", "b\0", "c", "d")

    each_record.finalized(1, codes(0, 1, 0, 2), ledger)

    assert drops(each_record) == [
        (1, 1, "b\N{REPLACEMENT CHARACTER}", "caption_missing", False),
        (1, 3, "d", "image_review:violence", True),
    ]
    with each_record.sessions() as session:
        assert verdicts(session, each_record.run, 1).tolist() == [0, 1, 0, 2]
        shard = Shards(session, each_record.run.id)[1]
        [drop] = Drops(session).of(uid(b"d", ""))
    assert (shard.seen, shard.kept, shard.borderline) == (4, 2, 1)
    assert (drop.run_id, drop.place) == (each_record.run.id, 3)


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_a_shard_may_lose_nothing(names, each_record):
    each_record.finalized(0, codes(*[0] * len(names)), a_ledger(*names))

    assert drops(each_record) == []
    with each_record.sessions() as session:
        shard = Shards(session, each_record.run.id)[0]
    assert (shard.seen, shard.kept) == (len(names), len(names))


def test_settling_again_leaves_the_last_word_alone(each_record):
    each_record.finalized(0, codes(1, 1, 2), a_ledger("a", "b", "c"))

    each_record.finalized(0, codes(0, 3, 0), a_ledger("a", "b", "c"))

    assert drops(each_record) == [(0, 1, "b", "listed", False)]


def test_a_run_taken_up_again_keeps_its_rows(record):
    record.judged({"number": 0, "count": 3})

    record.begun(JOB)

    with record.sessions() as session:
        [first, second] = Shards(session, record.run.id).all()
    assert (first.name, first.status, first.seen) == ("a.tar", ShardState.DONE, 3)
    assert (second.name, second.status) == ("b.tar", ShardState.WAITING)


def test_progress_problems_and_sums_are_told(record):
    record.step(
        ShardProgress(phase=Phase.WRITE, number=0, name="a.tar", done=1, total=2)
    )
    record.failed(1, "it is cut short")
    record.finished({"pairs": 4, "kept": 2})

    with record.sessions() as session:
        run = Runs(session)[record.run.id]
        shard = Shards(session, record.run.id)[1]
    assert (run.phase, run.done, run.shards) == ("write", 1, 2)
    assert (run.seen, run.kept, run.reasons) == (4, 2, list(REASONS))
    assert (shard.status, shard.problem) == (ShardState.FAILED, "it is cut short")


@pytest.mark.parametrize(
    "tell",
    [
        lambda record: record.begun(JOB),
        lambda record: record.judged({"number": 0, "count": 1}),
        lambda record: record.finalized(0, codes(1), a_ledger("a")),
        lambda record: record.finished({"pairs": 0, "kept": 0}),
    ],
)
def test_a_run_that_was_called_off_is_not_written_to(record, tell):
    with record.sessions.begin() as session:
        Runs(session).cancel(record.run.id, record.clock())

    with pytest.raises(Cancelled, match="was cancelled"):
        tell(record)

    assert drops(record) == []


def test_a_driver_whose_lease_was_taken_writes_nothing_more(record, clock):
    clock.advance(3600)
    driven(record.sessions, clock, record.run, owner="another")

    with pytest.raises(Cancelled, match="taken over"):
        record.finalized(0, codes(1), a_ledger("a"))


def test_the_last_word_about_a_pair_counts(record, clock):
    pair = uid(b"a", "")
    with record.sessions.begin() as session:
        for word in (OverrideVerdict.DROP, OverrideVerdict.KEEP):
            Overrides(session).record(
                pair, word, reason="a toy", actor="vera", at=clock()
            )

    assert record.overrides() == {pair: True}
    with record.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Override)) == 2


def test_the_borderline_ones_are_those_that_no_person_has_decided_on(record, clock):
    record.finalized(0, codes(2, 1, 2), a_ledger("a", "b", "c"))
    with record.sessions.begin() as session:
        Overrides(session).record(
            uid(b"a", ""), OverrideVerdict.KEEP, reason="", actor="vera", at=clock()
        )

    with record.sessions() as session:
        found = Drops(session).borderline(record.run.id, limit=10)
        count = Drops(session).count_borderline(record.run.id)
    assert ([drop.key for drop in found], count) == (["c"], 1)


def test_more_rows_than_one_batch_are_all_written(record, monkeypatch):
    monkeypatch.setattr(dropped_pairs_bulk_insert, "BATCH", 3)
    keys = [str(number) for number in range(10)]

    record.finalized(0, codes(*[1] * 10), a_ledger(*keys))

    assert [key for _, _, key, _, _ in drops(record)] == keys


def test_a_name_that_is_no_text_is_stored_all_the_same():
    assert readable("\udcff\0") == "\\udcff\N{REPLACEMENT CHARACTER}"


def test_a_run_ends_as_its_driver_says(record):
    with record.sessions.begin() as session:
        Runs(session).change(record.run, state=RunState.DONE, lease_owner=None)

    with record.sessions() as session:
        assert Runs(session)[record.run.id].state is RunState.DONE
