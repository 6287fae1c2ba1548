from itertools import count

import pytest
from sqlalchemy import select

from bench.cleaning import decision_log
from bench.cleaning.decision_log import Shards, make_ledger, make_record
from vernissage.cleaning.models import RunDrop
from vernissage.db.session import Sessions

ROWS = 5


@pytest.fixture
def shards(sessions: Sessions) -> Shards:
    return Shards(make_record(sessions, shards=2), make_ledger(ROWS), count())


def test_both_sides_write_the_same_rows(shards):
    shards.ours()
    shards.usual()

    with shards.record.sessions() as session:
        rows = session.scalars(select(RunDrop).order_by(RunDrop.shard, RunDrop.place))
        found = [
            (row.shard, row.uid, row.key, row.reason, row.borderline) for row in rows
        ]
    assert [row[1:] for row in found[:ROWS]] == [row[1:] for row in found[ROWS:]]
    assert [row[0] for row in found] == [0] * ROWS + [1] * ROWS


def test_without_postgresql_there_is_no_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(decision_log, "programs", lambda: None)

    assert decision_log.log_rates(1, 1) is None
