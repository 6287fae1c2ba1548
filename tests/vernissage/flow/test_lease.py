from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from structlog.testing import capture_logs

from tests.factories import stored
from vernissage.db.catalogue import Artworks, Events
from vernissage.errors import Cancelled
from vernissage.lifecycle import State

PATIENCE = 20


@pytest.fixture
def short(leases):
    """Leases so short that they are renewed many times in a test."""
    return replace(leases, length=timedelta(milliseconds=60))


def lease_until(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id].lease_until


def test_a_lease_is_renewed_while_a_single_step_goes_on(short, sessions):
    stored(sessions, State.QUEUED)
    seen = []

    def one_long_step(lease):
        before = lease_until(sessions, lease.artwork)
        while lease_until(sessions, lease.artwork) == before:
            Event().wait(0.01)
        seen.append(lease.artwork.id)

    assert short.work_next(State.QUEUED, one_long_step)
    assert len(seen) == 1


def test_a_lease_that_is_lost_ends_the_work_at_the_next_step(
    short, sessions, canceller
):
    stored(sessions, State.QUEUED)
    ends = []

    def work(lease):
        canceller.cancel(lease.artwork.id, owner="anna")
        assert lease.lost.wait(PATIENCE)
        try:
            lease.progress(1, 9)
        except Cancelled:
            ends.append("cancelled")
            raise

    assert short.work_next(State.QUEUED, work)
    assert ends == ["cancelled"]


def test_a_renewal_that_fails_is_tried_again(short, sessions):
    stored(sessions, State.QUEUED)

    def work(lease):
        sessions.engine.dispose()
        with sessions.begin() as session:
            session.connection().exec_driver_sql("ALTER TABLE artworks RENAME TO gone")
        Event().wait(0.2)
        with sessions.begin() as session:
            session.connection().exec_driver_sql("ALTER TABLE gone RENAME TO artworks")
        before = lease_until(sessions, lease.artwork)
        while lease_until(sessions, lease.artwork) == before:
            Event().wait(0.01)

    with capture_logs() as logged:
        assert short.work_next(State.QUEUED, work)

    assert {entry["event"] for entry in logged} == {"lease_not_renewed"}


def test_progress_renews_the_lease_too(leases, sessions, clock):
    stored(sessions, State.QUEUED)

    def work(lease):
        before = lease_until(sessions, lease.artwork)
        clock.wind(10)
        lease.progress(1, 9)
        assert lease_until(sessions, lease.artwork) >= before + timedelta(seconds=10)

    assert leases.work_next(State.QUEUED, work)


def test_steps_in_quick_succession_are_told_once_but_the_last_always(leases, sessions):
    artwork = stored(sessions, State.QUEUED)

    def work(lease):
        for step in range(1, 10):
            lease.progress(step, 9)

    leases.work_next(State.QUEUED, work)

    with sessions() as session:
        steps = [e.step for e in Events(session).after(artwork.id, 0) if e.step]
    assert steps == [1, 9]
