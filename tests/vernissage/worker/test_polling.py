from contextlib import closing

import pytest

from tests.factories import stored
from vernissage.states import State
from vernissage.worker.polling import Bell, ChangeCounter, Watch, always


class Tower:
    """Counts how often it rings."""

    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1


@pytest.fixture
def tower() -> Tower:
    return Tower()


@pytest.fixture
def watch(database_url, sessions, tower):
    notifier = Bell(tower.ring)
    watch = Watch.over(database_url, sessions, State.QUEUED, notifier)
    assert isinstance(watch.changed, ChangeCounter)
    with closing(watch.changed.connection):
        yield watch


def test_the_counter_notices_what_another_connection_writes(database_url, sessions):
    counter = ChangeCounter.of(database_url.removeprefix("sqlite:///"))
    with closing(counter.connection):
        counter()

        before = counter()
        stored(sessions)
        after, later = counter(), counter()

    assert (before, after, later) == (False, True, False)


def test_what_waited_before_the_watch_began_is_rung_for(watch, sessions, tower):
    stored(sessions, State.QUEUED)

    watch.glance()

    assert tower.rung == 1


def test_a_change_that_leaves_nothing_waiting_is_not_rung_for(watch, sessions, tower):
    watch.glance()
    stored(sessions, State.SUBMITTED)

    watch.glance()

    assert tower.rung == 0


def test_no_glance_is_wasted_on_an_unchanged_database(watch, sessions, tower):
    stored(sessions, State.QUEUED)
    watch.glance()
    watch.notifier.answered()

    watch.glance()

    assert tower.rung == 1


def test_a_bell_waits_for_its_answer_before_it_rings_again(tower):
    notifier = Bell(tower.ring)

    notifier.ring()
    notifier.ring()
    notifier.answered()
    notifier.ring()

    assert tower.rung == 2


def test_a_ring_that_fails_is_not_waited_for(tower):
    def stuck():
        tower.ring()
        raise ConnectionError("the rope broke")

    notifier = Bell(stuck)

    for _ in range(2):
        with pytest.raises(ConnectionError):
            notifier.ring()

    assert tower.rung == 2


def test_a_database_without_a_counter_is_asked_each_time(sessions, tower):
    url = "postgresql+psycopg://nobody@localhost/nothing"

    watch = Watch.over(url, sessions, State.QUEUED, Bell(tower.ring))

    assert watch.changed is always
    assert watch.pause > 0
