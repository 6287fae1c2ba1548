from datetime import timedelta

import pytest

from tests.factories import NOON, stored
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.db.queue import Queue
from vernissage.models.artworks import Artwork
from vernissage.states import State


def seconds(number):
    return NOON + timedelta(seconds=number)


def painted(sessions, *, start, end, state=State.PUBLISHED):
    """An artwork that was in flight from *start* to *end*, in seconds."""
    artwork = stored(sessions, State.QUEUED, owner="earlier")
    with sessions.begin() as session:
        queue = Queue(session)
        claimed = queue.claim(State.QUEUED, seconds(start), seconds(end))
        assert claimed is not None
        assert claimed.id == artwork.id
        session.expunge(claimed)
        return queue.move(claimed, state, seconds(end))


def place(sessions, artwork):
    with sessions() as session:
        return Artworks(session).position(artwork)


def left(sessions, artwork, now):
    with sessions() as session:
        row = session.get(Artwork, artwork.id)
        return Artworks(session).seconds_left(row, seconds(now))


@pytest.mark.parametrize("state", [State.SUBMITTED, State.SCREENING, State.QUEUED])
def test_whatever_waits_to_be_painted_has_a_place(each_sessions, state):
    stored(each_sessions, State.QUEUED, owner="boris")

    artwork = stored(each_sessions, state, submitted_at=seconds(1))

    assert place(each_sessions, artwork) == 2


@pytest.mark.parametrize("state", [State.PAINTING, State.PUBLISHED, State.CANCELLED])
def test_what_does_not_wait_has_no_place(sessions, state):
    assert place(sessions, stored(sessions, state)) is None


def test_before_the_first_picture_nobody_knows_how_long_it_takes(each_sessions):
    artwork = stored(each_sessions, State.QUEUED)

    assert left(each_sessions, artwork, now=5) is None


def test_the_time_left_is_the_mean_time_of_the_works_ahead_and_its_own(each_sessions):
    painted(each_sessions, start=0, end=8)
    painted(each_sessions, start=10, end=14, state=State.IN_REVIEW)
    stored(each_sessions, State.QUEUED, owner="boris")

    artwork = stored(each_sessions, State.QUEUED, submitted_at=seconds(1))

    assert left(each_sessions, artwork, now=20) == pytest.approx(2 * 6)


def test_a_review_that_takes_a_day_tells_nothing_about_painting(sessions):
    artwork = painted(sessions, start=0, end=10, state=State.IN_REVIEW)
    with sessions.begin() as session:
        Queue(session).move(artwork, State.PUBLISHED, seconds(86_400))

    waiting = stored(sessions, State.QUEUED)

    assert left(sessions, waiting, now=90_000) == pytest.approx(10)


def test_generators_at_work_share_what_waits(sessions):
    painted(sessions, start=0, end=10)
    for owner in "xy":
        stored(sessions, State.PAINTING, owner=owner, painted_at=seconds(20), attempt=1)

    artwork = stored(sessions, State.QUEUED)

    assert left(sessions, artwork, now=24) == pytest.approx((6 + 6) / 2 + 10)


def test_an_artwork_in_flight_goes_by_its_own_steps(sessions):
    painted(sessions, start=0, end=10)
    artwork = stored(sessions, State.PAINTING, painted_at=seconds(20), attempt=1)
    by_the_mean = left(sessions, artwork, now=24)
    with sessions.begin() as session:
        Events(session).record(artwork, seconds(24), step=1, steps=4)

    by_its_steps = left(sessions, artwork, now=24)

    assert by_the_mean == pytest.approx(6)
    assert by_its_steps == pytest.approx(12)


def test_time_never_runs_backwards(sessions):
    painted(sessions, start=0, end=10)
    artwork = stored(sessions, State.PAINTING, painted_at=seconds(20), attempt=1)

    assert left(sessions, artwork, now=500) == 0
