from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories import NOON, stored
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.db.queue import Queue
from vernissage.errors import Cancelled, WrongState
from vernissage.states import State

LATER = NOON + timedelta(minutes=1)
LEASE = timedelta(seconds=30)


def claim(sessions, waiting=State.QUEUED, now=LATER):
    with sessions.begin() as session:
        return Queue(session).claim(waiting, now, now + LEASE)


def claims(sessions, clock):
    """Claims every queued artwork, one after the other."""
    while artwork := claim(sessions, now=clock()):
        yield artwork


def test_an_empty_queue_hands_out_nothing(each_sessions):
    stored(each_sessions, State.SUBMITTED)

    assert claim(each_sessions) is None


def test_a_claim_takes_the_artwork_and_says_so(each_sessions):
    stored(each_sessions, State.QUEUED)

    artwork = claim(each_sessions)

    assert artwork.state is State.PAINTING
    assert artwork.attempt == 1
    assert artwork.lease_until == LATER + LEASE
    assert artwork.painted_at == LATER
    assert artwork.screened_at is None
    with each_sessions() as session:
        [_, event] = Events(session).after(artwork.id, 0)
    assert (event.state, event.attempt, event.step) == (State.PAINTING, 1, None)


def test_owners_take_turns_and_the_oldest_work_goes_first(each_sessions, clock):
    for owner, minute in [("a", 0), ("a", 1), ("a", 2), ("b", 3), ("b", 4), ("c", 5)]:
        submitted = NOON + timedelta(seconds=minute)
        stored(each_sessions, State.QUEUED, owner=owner, submitted_at=submitted)

    order = [
        (artwork.owner, (artwork.submitted_at - NOON).seconds)
        for artwork in claims(each_sessions, clock)
    ]

    assert order == [("a", 0), ("b", 3), ("c", 5), ("a", 1), ("b", 4), ("a", 2)]


def test_who_was_served_lately_comes_after_who_was_not(sessions, clock):
    stored(sessions, State.PUBLISHED, owner="served", painted_at=NOON)
    stored(sessions, State.QUEUED, owner="served")
    later = NOON + timedelta(seconds=5)
    stored(sessions, State.QUEUED, owner="new", submitted_at=later)

    assert [artwork.owner for artwork in claims(sessions, clock)] == ["new", "served"]


def test_being_screened_costs_nobody_a_turn_to_be_painted(sessions, clock):
    stored(sessions, State.QUEUED, owner="a", submitted_at=NOON, screened_at=LATER)
    second = NOON + timedelta(seconds=1)
    stored(sessions, State.QUEUED, owner="b", submitted_at=second, screened_at=NOON)

    assert [artwork.owner for artwork in claims(sessions, clock)] == ["a", "b"]


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(owners=["d", "b", "b", "d"])
@given(owners=st.lists(st.sampled_from("abcd"), max_size=12))
def test_works_are_claimed_in_the_order_of_their_places(sessions, clock, owners):
    waiting = [
        stored(sessions, State.QUEUED, owner=owner, submitted_at=clock())
        for owner in owners
    ]
    with sessions() as session:
        places = {work.id: Artworks(session).position(work) for work in waiting}

    order = [artwork.id for artwork in claims(sessions, clock)]

    assert [places[artwork_id] for artwork_id in order] == [*range(1, len(owners) + 1)]


def test_threads_that_claim_at_once_get_each_artwork_once(each_sessions):
    works = {
        stored(each_sessions, State.QUEUED, owner=f"{n % 3}").id for n in range(24)
    }

    def claim_all(_):
        return [artwork.id for artwork in claims(each_sessions, lambda: LATER)]

    with ThreadPoolExecutor(6) as threads:
        claimed = Counter(chain.from_iterable(threads.map(claim_all, range(6))))

    assert claimed == Counter(works)


def test_a_renewed_lease_lasts_longer(each_sessions):
    stored(each_sessions, State.QUEUED)
    artwork = claim(each_sessions)

    with each_sessions.begin() as session:
        Queue(session).renew(artwork, LATER + 2 * LEASE)

    with each_sessions() as session:
        assert Artworks(session)[artwork.id].lease_until == LATER + 2 * LEASE
        assert Queue(session).expired(LATER + LEASE) == []


def test_a_lease_is_lost_to_the_next_worker(each_sessions):
    stored(each_sessions, State.QUEUED)
    first = claim(each_sessions)
    with each_sessions.begin() as session:
        Queue(session).give_back(first, LATER, attempts=3)
    second = claim(each_sessions)

    with pytest.raises(Cancelled), each_sessions.begin() as session:
        Queue(session).renew(first, LATER + LEASE)
    with pytest.raises(Cancelled), each_sessions.begin() as session:
        Queue(session).move(first, State.PUBLISHED, LATER)

    with each_sessions.begin() as session:
        assert Queue(session).move(second, State.PUBLISHED, LATER).attempt == 2


def test_of_two_who_finish_at_once_one_does(each_sessions):
    stored(each_sessions, State.QUEUED)
    artwork = claim(each_sessions)

    def finish(wanted):
        try:
            with each_sessions.begin() as session:
                Queue(session).move(artwork, wanted, LATER)
        except Cancelled:
            return None
        return wanted

    with ThreadPoolExecutor(2) as threads:
        [winner] = filter(None, threads.map(finish, [State.PUBLISHED, State.REFUSED]))

    with each_sessions() as session:
        assert Artworks(session)[artwork.id].state is winner
        told = [event.state for event in Events(session).after(artwork.id, 0)]
        assert told == [State.QUEUED, State.PAINTING, winner]


def test_no_move_leaves_a_refusal(sessions):
    artwork = stored(sessions, State.REFUSED)

    with pytest.raises(WrongState), sessions.begin() as session:
        Queue(session).move(artwork, State.PUBLISHED, LATER)


def test_a_silent_worker_is_found_when_its_lease_has_run_out(each_sessions):
    stored(each_sessions, State.SUBMITTED)
    artwork = claim(each_sessions, State.SUBMITTED)

    with each_sessions.begin() as session:
        early = Queue(session).expired(LATER + LEASE)
        late = Queue(session).expired(LATER + LEASE + timedelta(seconds=1))

    assert early == []
    assert [found.id for found in late] == [artwork.id]


@pytest.mark.parametrize(
    ("attempt", "state"),
    [(1, State.QUEUED), (2, State.QUEUED), (3, State.FAILED)],
)
def test_the_last_attempt_given_back_is_a_failure(sessions, attempt, state):
    artwork = stored(sessions, State.PAINTING, attempt=attempt, lease_until=LATER)

    with sessions.begin() as session:
        given_back = Queue(session).give_back(artwork, LATER, attempts=3)

    assert given_back.state is state
    assert given_back.lease_until is None
