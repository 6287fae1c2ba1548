"""The schema goes up and down, agrees with the rows and guards the record."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from moderation import Outcome
from tests.factories import a_verdict, stored
from vernissage.db.decisions import Decisions
from vernissage.db.migrate import check, current, downgrade, newest, upgrade
from vernissage.db.session import connect


@pytest.fixture
def inspected(each_url):
    """Asks for the tables that there are."""
    engine = connect(each_url).engine
    yield lambda: set(inspect(engine).get_table_names())
    engine.dispose()


def test_the_schema_and_the_rows_agree(each_url):
    check(each_url)

    assert current(each_url) == newest()


def test_what_went_up_comes_down_and_goes_up_again(each_url, inspected):
    full = inspected()

    downgrade(each_url, "base")

    assert inspected() == {"alembic_version"}
    assert current(each_url) is None

    upgrade(each_url)

    assert inspected() == full


def test_a_record_does_not_stand_in_the_way_down(each_url, each_sessions, inspected):
    stored(each_sessions)
    each_sessions.engine.dispose()

    downgrade(each_url, "base")

    assert inspected() == {"alembic_version"}


def test_a_record_outlives_every_step_down_and_up(each_url, each_sessions):
    stored(each_sessions, prompt="озеро")
    each_sessions.engine.dispose()

    downgrade(each_url, "0001")
    upgrade(each_url)

    with each_sessions() as session:
        rows = session.execute(text("SELECT prompt, translation FROM artworks")).all()
    assert rows == [("озеро", None)]


def test_going_up_twice_changes_nothing(each_url):
    upgrade(each_url)

    assert current(each_url) == newest()


def test_a_database_without_tables_has_no_revision(tmp_path):
    assert current(f"sqlite:///{tmp_path / 'new.sqlite3'}") is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decisions SET outcome = 'allow'",
        "DELETE FROM decisions",
        "UPDATE events SET state = 'published'",
        "DELETE FROM events",
    ],
)
def test_the_record_only_grows(each_sessions, change):
    artwork = stored(each_sessions)
    with each_sessions.begin() as session:
        Decisions(session).record(
            artwork, a_verdict(Outcome.REFUSE, gate="screening"), artwork.submitted_at
        )

    with (
        pytest.raises(DatabaseError, match="insert-only"),
        each_sessions.begin() as session,
    ):
        session.execute(text(change))

    with each_sessions() as session:
        outcomes = session.scalars(text("SELECT outcome FROM decisions ORDER BY id"))
        assert list(outcomes) == ["allow", "refuse"]
        assert session.scalar(text("SELECT state FROM events")) == "submitted"


def test_sqlite_replaces_no_record(sessions):
    stored(sessions)

    with (
        pytest.raises(DatabaseError, match="insert-only"),
        sessions.begin() as session,
    ):
        session.execute(
            text("INSERT OR REPLACE INTO events SELECT * FROM events LIMIT 1")
        )


@pytest.mark.enable_socket
def test_postgresql_truncates_no_record(postgresql_url):
    sessions = connect(postgresql_url)

    with (
        pytest.raises(DatabaseError, match="insert-only"),
        sessions.begin() as session,
    ):
        session.execute(text("TRUNCATE decisions CASCADE"))

    sessions.engine.dispose()
