from dataclasses import replace
from datetime import timedelta
from threading import active_count

import pytest
from structlog.testing import capture_logs

from tests.factories import stored
from tests.journeys.site import until
from vernissage.db.artworks import Artworks
from vernissage.errors import EngineBroken
from vernissage.services.leases import LeaseSet
from vernissage.states import State

PATIENCE = 20


@pytest.fixture
def short(leases):
    """Leases so short that they are renewed many times in a test."""
    return replace(leases, length=timedelta(milliseconds=60))


def row(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id]


def ends(sessions, artworks):
    """The moments at which the leases on *artworks* end."""
    return {row(sessions, artwork).lease_until for artwork in artworks}


def standing(sessions, artwork):
    found = row(sessions, artwork)
    return found.state, found.attempt


def test_all_held_leases_are_renewed_by_one_thread(short, sessions):
    artworks = [stored(sessions, State.QUEUED) for _ in range(3)]
    before = active_count()

    with LeaseSet.open(short) as leased:
        for _ in artworks:
            leased.claim(State.QUEUED)
        threads = active_count() - before
        first = ends(sessions, artworks)
        until(lambda: first.isdisjoint(ends(sessions, artworks)), PATIENCE)

    assert threads == 1


def test_a_lost_lease_is_noticed_and_the_others_are_kept(short, sessions, canceller):
    lost, kept = (stored(sessions, State.QUEUED) for _ in range(2))

    with LeaseSet.open(short) as leased:
        leases = {lease.artwork.id: lease for lease in claimed(leased, 2)}
        canceller.cancel(lost.id, owner="anna")
        noticed = leases[lost.id].lost.wait(PATIENCE)

        assert noticed
        assert not leases[kept.id].lost.is_set()


def test_what_is_held_at_the_end_waits_again_and_lost_no_attempt(leases, sessions):
    artworks = [stored(sessions, State.QUEUED) for _ in range(2)]

    with pytest.raises(KeyboardInterrupt), LeaseSet.open(leases) as leased:
        claimed(leased, 2)
        raise KeyboardInterrupt

    for artwork in artworks:
        assert standing(sessions, artwork) == (State.QUEUED, 0)


def test_what_fails_costs_an_attempt_and_is_no_longer_held(leases, sessions):
    artwork = stored(sessions, State.QUEUED)

    with LeaseSet.open(leases) as leased:
        leased.process_next(State.QUEUED, snap)
        held = list(leased.held)

    assert held == []
    assert standing(sessions, artwork) == (State.QUEUED, 1)


def test_a_broken_engine_costs_an_attempt_and_is_told_on(leases, sessions):
    artwork = stored(sessions, State.QUEUED)

    def shatter(_):
        raise EngineBroken from ZeroDivisionError(artwork.prompt)

    with (
        capture_logs() as logged,
        pytest.raises(EngineBroken),
        LeaseSet.open(leases) as leased,
    ):
        leased.process_next(State.QUEUED, shatter)

    [entry] = logged
    assert entry["error"] == "ZeroDivisionError"
    assert artwork.prompt not in str(entry)
    assert standing(sessions, artwork) == (State.QUEUED, 1)


def test_what_was_cancelled_meanwhile_is_released(leases, sessions, canceller):
    artwork = stored(sessions, State.QUEUED)

    def work(lease):
        canceller.cancel(artwork.id, owner="anna")
        lease.progress(1, 9)

    with LeaseSet.open(leases) as leased:
        assert leased.process_next(State.QUEUED, work)
        assert not leased.process_next(State.QUEUED, work)

    assert row(sessions, artwork).state is State.CANCELLED


def snap(_):
    raise ZeroDivisionError


def claimed(leased, number):
    return [leased.claim(State.QUEUED) for _ in range(number)]
