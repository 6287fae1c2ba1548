from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.factories import stored
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.errors import Cancelled
from vernissage.states import State


def row(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id]


def steps_told(sessions, artwork):
    with sessions() as session:
        return [e.step for e in Events(session).after(artwork.id, 0) if e.step]


@pytest.fixture
def away(sessions):
    """Takes the database away, and brings it back."""

    def rename(before, after):
        sessions.engine.dispose()
        with sessions.begin() as session:
            session.connection().exec_driver_sql(
                f"ALTER TABLE {before} RENAME TO {after}"
            )

    def switch(*, away):
        rename(*(("artworks", "gone") if away else ("gone", "artworks")))

    return switch


def test_progress_renews_the_lease_too(leases, sessions, clock):
    stored(sessions, State.QUEUED)
    lease = leases.claim(State.QUEUED)
    before = row(sessions, lease.artwork).lease_until
    clock.advance(10)

    lease.progress(1, 9)

    after = row(sessions, lease.artwork).lease_until
    assert after >= before + timedelta(seconds=10)


def test_steps_in_quick_succession_are_told_once_but_the_last_always(leases, sessions):
    artwork = stored(sessions, State.QUEUED)
    lease = leases.claim(State.QUEUED)

    for step in range(1, 10):
        lease.progress(step, 9)

    assert steps_told(sessions, artwork) == [1, 9]


def test_a_lease_that_is_lost_is_noticed_when_progress_is_told(
    leases, sessions, canceller
):
    artwork = stored(sessions, State.QUEUED)
    lease = leases.claim(State.QUEUED)
    canceller.cancel(artwork.id, owner="anna")

    with pytest.raises(Cancelled):
        lease.progress(1, 9)


def test_a_lease_that_is_lost_is_noticed_when_it_is_renewed(
    leases, sessions, canceller
):
    artwork = stored(sessions, State.QUEUED)
    lease = leases.claim(State.QUEUED)
    canceller.cancel(artwork.id, owner="anna")

    lease.renew()

    with pytest.raises(Cancelled):
        lease.check()


def test_a_database_that_is_away_costs_no_work(leases, sessions, away):
    artwork = stored(sessions, State.QUEUED)
    lease = leases.claim(State.QUEUED)

    with capture_logs() as logged:
        away(away=True)
        lease.renew()
        lease.progress(1, 9)
        away(away=False)
        lease.progress(9, 9)

    assert [e["event"] for e in logged] == ["lease_not_renewed", "progress_not_saved"]
    assert steps_told(sessions, artwork) == [9]
    lease.check()


def test_what_cannot_be_given_back_is_left_to_the_sweep(leases, sessions, away):
    artwork = stored(sessions, State.QUEUED)
    lease = leases.claim(State.QUEUED)
    away(away=True)

    with capture_logs() as logged:
        leases.give_back(lease.artwork, counted=False)

    away(away=False)
    assert [entry["event"] for entry in logged] == ["lease_left_to_expire"]
    assert row(sessions, artwork).state is State.PAINTING


def test_first_attempts_only_leaves_alone_what_was_tried_before(leases, sessions):
    tried = stored(sessions, State.QUEUED, attempt=1)
    stored(sessions, State.QUEUED, owner="boris", submitted_at=parted(tried))

    assert leases.claim(State.QUEUED, first_attempts_only=True) is None
    assert leases.claim(State.QUEUED).artwork.id == tried.id
    assert leases.claim(State.QUEUED, first_attempts_only=True).artwork.owner == "boris"


def parted(artwork):
    return artwork.submitted_at + timedelta(seconds=1)


def test_a_lease_on_a_second_attempt_says_so(leases, sessions):
    stored(sessions, State.QUEUED)
    first = leases.claim(State.QUEUED)
    replace(leases, attempts=3).give_back(first.artwork, counted=True)

    second = leases.claim(State.QUEUED)

    assert (first.retried, second.retried) == (False, True)
