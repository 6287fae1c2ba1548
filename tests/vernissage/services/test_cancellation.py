from uuid import uuid4

import pytest

from tests.factories import stored
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.errors import NotFound, WrongState
from vernissage.states import MOVES, State


@pytest.mark.parametrize("state", [s for s in State if State.CANCELLED in MOVES[s]])
def test_an_owner_cancels_whatever_is_not_finished(canceller, sessions, state):
    artwork = stored(sessions, state)

    cancelled = canceller.cancel(artwork.id, owner="anna")

    assert cancelled.state is State.CANCELLED
    with sessions() as session:
        [*_, last] = Events(session).after(artwork.id, 0)
    assert last.state is State.CANCELLED


@pytest.mark.parametrize(
    "state", [State.PUBLISHED, State.REFUSED, State.APPEALED, State.FAILED]
)
def test_what_is_finished_is_not_cancelled(canceller, sessions, state):
    artwork = stored(sessions, state)

    with pytest.raises(WrongState):
        canceller.cancel(artwork.id, owner="anna")


def test_cancelling_twice_changes_nothing(canceller, sessions):
    artwork = stored(sessions)
    canceller.cancel(artwork.id, owner="anna")

    again = canceller.cancel(artwork.id, owner="anna")

    assert again.state is State.CANCELLED
    with sessions() as session:
        told = [event.state for event in Events(session).after(artwork.id, 0)]
    assert told == [State.SUBMITTED, State.CANCELLED]


def test_nobody_cancels_the_artwork_of_another(canceller, sessions):
    artwork = stored(sessions)

    with pytest.raises(NotFound):
        canceller.cancel(artwork.id, owner="boris")

    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.SUBMITTED


def test_an_unknown_artwork_is_not_found(canceller):
    with pytest.raises(NotFound):
        canceller.cancel(uuid4(), owner="anna")
