import pytest

from tests.factories import NOON, stored
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.services.leases import LeaseSet
from vernissage.states import State


def state_of(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id].state


@pytest.mark.parametrize(
    ("working", "attempt", "after"),
    [
        (State.SCREENING, 1, State.SUBMITTED),
        (State.SCREENING, 3, State.FAILED),
        (State.PAINTING, 2, State.QUEUED),
        (State.PAINTING, 3, State.FAILED),
    ],
)
def test_what_a_lost_worker_held_is_tried_again_until_attempts_are_used_up(
    sweeper, sessions, working, attempt, after
):
    artwork = stored(sessions, working, attempt=attempt, lease_until=NOON)

    sweeper.sweep()

    assert state_of(sessions, artwork) is after
    with sessions() as session:
        [*_, last] = Events(session).after(artwork.id, 0)
    assert last.state is after


def test_what_is_being_worked_on_is_left_alone(sweeper, sessions, leases, clock):
    stored(sessions, State.QUEUED)

    def sweep_meanwhile(lease):
        clock.advance(29)
        sweeper.sweep()
        assert state_of(sessions, lease.artwork) is State.PAINTING

    with LeaseSet.open(leases) as leased:
        assert leased.process_next(State.QUEUED, sweep_meanwhile)


@pytest.mark.parametrize(
    ("state", "notified"),
    [
        (State.SUBMITTED, (1, 0)),
        (State.QUEUED, (0, 1)),
        (State.PAINTING, (0, 0)),
        (State.PUBLISHED, (0, 0)),
    ],
)
def test_what_waits_unnoticed_is_notified_of_again(
    sweeper, sessions, notifier, state, notified
):
    stored(sessions, state)

    sweeper.sweep()

    assert (notifier.screenings, notifier.paintings) == notified


def test_what_was_given_back_is_notified_of_at_once(sweeper, sessions, notifier):
    stored(sessions, State.PAINTING, attempt=1, lease_until=NOON)

    sweeper.sweep()

    assert notifier.paintings == 1
