from dataclasses import replace
from datetime import timedelta
from threading import Event, active_count

import pytest
from structlog.testing import capture_logs

from tests.factories import stored
from vernissage.db.artworks import Artworks
from vernissage.errors import EngineBroken
from vernissage.services.heartbeat import Hand
from vernissage.states import State

PATIENCE = 20


@pytest.fixture
def short(leases):
    """Leases so short that they are renewed many times in a test."""
    return replace(leases, length=timedelta(milliseconds=60))


def row(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id]


def standing(sessions, artwork):
    found = row(sessions, artwork)
    return found.state, found.attempt


def test_everything_in_a_hand_is_renewed_by_one_thread(short, sessions):
    artworks = [stored(sessions, State.QUEUED) for _ in range(3)]
    before = active_count()

    with Hand.of(short) as hand:
        for _ in artworks:
            hand.take(State.QUEUED)
        threads = active_count() - before
        first = [row(sessions, artwork).lease_until for artwork in artworks]
        for artwork, until in zip(artworks, first, strict=True):
            while row(sessions, artwork).lease_until == until:
                Event().wait(0.01)

    assert threads == 1


def test_a_lost_lease_is_noticed_and_the_others_are_kept(short, sessions, canceller):
    lost, kept = (stored(sessions, State.QUEUED) for _ in range(2))

    with Hand.of(short) as hand:
        leases = {lease.artwork.id: lease for lease in taken(hand, 2)}
        canceller.cancel(lost.id, owner="anna")
        noticed = leases[lost.id].lost.wait(PATIENCE)

        assert noticed
        assert not leases[kept.id].lost.is_set()


def test_what_is_in_the_hand_at_the_end_waits_again_and_lost_no_attempt(
    leases, sessions
):
    artworks = [stored(sessions, State.QUEUED) for _ in range(2)]

    with pytest.raises(KeyboardInterrupt), Hand.of(leases) as hand:
        taken(hand, 2)
        raise KeyboardInterrupt

    for artwork in artworks:
        assert standing(sessions, artwork) == (State.QUEUED, 0)


def test_what_fails_costs_an_attempt_and_the_hand_goes_on(leases, sessions):
    artwork = stored(sessions, State.QUEUED)

    with Hand.of(leases) as hand:
        hand.work_on_next(State.QUEUED, snap)
        held = list(hand.held)

    assert held == []
    assert standing(sessions, artwork) == (State.QUEUED, 1)


def test_a_broken_engine_costs_an_attempt_and_is_told_on(leases, sessions):
    artwork = stored(sessions, State.QUEUED)

    def shatter(_):
        raise EngineBroken from ZeroDivisionError(artwork.prompt)

    with (
        capture_logs() as logged,
        pytest.raises(EngineBroken),
        Hand.of(leases) as hand,
    ):
        hand.work_on_next(State.QUEUED, shatter)

    [entry] = logged
    assert entry["error"] == "ZeroDivisionError"
    assert artwork.prompt not in str(entry)
    assert standing(sessions, artwork) == (State.QUEUED, 1)


def test_what_was_cancelled_meanwhile_is_dropped(leases, sessions, canceller):
    artwork = stored(sessions, State.QUEUED)

    def work(lease):
        canceller.cancel(artwork.id, owner="anna")
        lease.progress(1, 9)

    with Hand.of(leases) as hand:
        assert hand.work_on_next(State.QUEUED, work)
        assert not hand.work_on_next(State.QUEUED, work)

    assert row(sessions, artwork).state is State.CANCELLED


def snap(_):
    raise ZeroDivisionError


def taken(hand, number):
    return [hand.take(State.QUEUED) for _ in range(number)]
