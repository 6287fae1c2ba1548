from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from tests.factories import stored
from vernissage.db.artworks import Artworks
from vernissage.db.session import connect
from vernissage.errors import SettingsError


def test_sqlite_waits_for_other_writers_and_keeps_its_references(sessions):
    with sessions() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "busy_timeout", "foreign_keys")
        }

    assert found == {"journal_mode": "wal", "busy_timeout": 30_000, "foreign_keys": 1}


def test_many_threads_that_read_and_then_write_never_meet_a_locked_database(sessions):
    artwork = stored(sessions)

    def count(_):
        with sessions.begin() as session:
            row = Artworks(session)[artwork.id]
            row.attempt += 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(80)))

    with sessions() as session:
        assert Artworks(session)[artwork.id].attempt == 80


def test_a_reader_does_not_wait_for_a_writer(sessions):
    artwork = stored(sessions)

    with sessions.begin() as writer:
        Artworks(writer)[artwork.id].attempt = 9
        writer.flush()
        with sessions() as reader:
            seen = Artworks(reader)[artwork.id].attempt

    assert seen == 0


def test_what_raises_is_rolled_back(sessions):
    artwork = stored(sessions)

    with pytest.raises(ZeroDivisionError), sessions.begin() as session:
        Artworks(session)[artwork.id].attempt = 9
        session.flush()
        raise ZeroDivisionError

    with sessions() as session:
        assert Artworks(session)[artwork.id].attempt == 0


def test_a_moment_keeps_its_instant_whatever_its_zone(each_sessions):
    moscow = timezone(timedelta(hours=3))
    artwork = stored(
        each_sessions, submitted_at=datetime(2026, 5, 1, 15, tzinfo=moscow)
    )

    with each_sessions() as session:
        read = Artworks(session)[artwork.id].submitted_at

    assert read == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert read.tzinfo is UTC


@pytest.mark.parametrize("url", ["", "hall of mirrors", "mysql://u:hush@host/name"])
def test_a_url_that_is_no_database_is_refused_without_being_shown(url):
    with pytest.raises(SettingsError) as caught:
        connect(url)

    assert "hush" not in str(caught.value)
