"""The old record of cleaning is in the new one, and words in that only grow."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from vernissage.cleaning.drops import Drops, Overrides
from vernissage.cleaning.models import OverrideVerdict, RunState
from vernissage.cleaning.runs import Runs
from vernissage.db.migrate import downgrade, upgrade
from vernissage.db.session import connect


def test_old_jobs_become_runs_and_runs_old_jobs(each_url):
    ended, torn = uuid4(), uuid4()
    downgrade(each_url, "0004")
    sessions = connect(each_url)
    for job, finished in ((ended, "'2026-05-01 12:10:00'"), (torn, "NULL")):
        id_ = f"'{job.hex}'"
        with sessions.begin() as session:
            session.execute(
                text(
                    "INSERT INTO jobs VALUES"  # noqa: S608  # our own words
                    f" ({id_}, 's.tar', 'default-1', 'balanced-2',"
                    f" '2026-05-01 12:00:00', {finished}, 3, 1)"
                )
            )
            for key, reason in (("b", "image_review:hate"), ("a", "caption_empty")):
                session.execute(
                    text(
                        "INSERT INTO drops (job_id, key, reason, detail)"  # noqa: S608
                        f" VALUES ({id_}, '{key}', '{reason}', 'x')"
                    )
                )
    sessions.engine.dispose()

    upgrade(each_url)

    with sessions() as session:
        run = Runs(session)[ended]
        states = [Runs(session)[job].state for job in (ended, torn)]
        drops = [Drops(session).at(ended, 0, place) for place in range(2)]
    assert (run.source, run.seen, run.kept) == ("s.tar", 3, 1)
    assert states == [RunState.DONE, RunState.FAILED]
    assert [(d.key, d.reason, d.borderline) for d in drops] == [
        ("b", "image_review:hate", True),
        ("a", "caption_empty", False),
    ]
    sessions.engine.dispose()
    downgrade(each_url, "0004")
    with sessions() as session:
        rows = session.execute(text("SELECT key, reason FROM drops ORDER BY id"))
        assert sorted((row.key, row.reason) for row in rows) == sorted(
            2 * [("b", "image_review:hate"), ("a", "caption_empty")]
        )
    sessions.engine.dispose()


@pytest.mark.parametrize(
    "change", ["UPDATE overrides SET verdict = 'keep'", "DELETE FROM overrides"]
)
def test_what_people_said_only_grows(each_sessions, clock, change):
    with each_sessions.begin() as session:
        Overrides(session).record(
            b"u" * 16, OverrideVerdict.DROP, reason="", actor="vera", at=clock()
        )

    with (
        pytest.raises(DatabaseError, match="insert-only"),
        each_sessions.begin() as session,
    ):
        session.execute(text(change))
