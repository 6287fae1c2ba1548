"""Processes die, notifications get lost, brokers stop: each artwork is painted once."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import moderation
from tests.journeys.house import (
    Easel,
    House,
    a_house,
    an_easel,
    clean_environment,
    until,
)
from vernissage.bootstrap import components
from vernissage.states import State

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(600)]

OUTAGE_SECONDS = 10.0


@pytest.fixture(scope="module")
def easel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Easel]:
    with an_easel(tmp_path_factory.mktemp("toy") / "model") as easel:
        yield easel


@pytest.fixture(scope="module", params=["default", "redis", "rabbitmq"])
def house(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    easel: Easel,
) -> Iterator[House]:
    """The default, Redis with PostgreSQL, or RabbitMQ with SQLite."""
    kind = request.param
    broker = None if kind == "default" else request.getfixturevalue(kind)
    database = request.getfixturevalue("postgresql").url if kind == "redis" else ""
    home = tmp_path_factory.mktemp(kind)
    with a_house(home, easel, database_url=database, broker=broker) as house:
        yield house


def test_a_painter_killed_in_mid_picture_costs_one_attempt(house):
    [victim] = house.staff(1)
    artwork = house.queue("a slow lake", steps=12)
    until(lambda: house.steps_done(artwork) > 0)
    house.staff(2)

    os.kill(victim, signal.SIGKILL)

    painted = house.judged(artwork)
    assert painted.attempt == 2
    assert house.history(artwork) == [
        State.QUEUED,
        State.PAINTING,
        State.QUEUED,
        State.PAINTING,
        painted.state,
    ]


def test_a_painter_killed_over_several_pictures_costs_each_one_attempt(house):
    [victim] = house.staff(1)
    artworks = [
        house.queue("a slow lake", steps=12, owner=owner)
        for owner in ("anna", "boris", "vera")
    ]
    until(lambda: all(house.steps_done(artwork) > 0 for artwork in artworks))
    house.staff(2)

    os.kill(victim, signal.SIGKILL)

    assert [house.judged(artwork).attempt for artwork in artworks] == [2, 2, 2]


def test_a_painter_told_to_go_gives_its_pictures_back_at_once(house):
    [leaver] = house.staff(1)
    artworks = {
        owner: house.queue("a slow lake", steps=40, owner=owner)
        for owner in ("anna", "boris")
    }
    until(lambda: all(house.steps_done(artwork) > 0 for artwork in artworks.values()))

    house.dismiss(leaver)

    for owner, artwork in artworks.items():
        given_back = house.artwork(artwork)
        assert (given_back.state, given_back.attempt) == (State.QUEUED, 0)
        house.gallery.canceller.cancel(artwork, owner=owner)


def test_pictures_of_different_sizes_and_lengths_are_painted_side_by_side(house):
    house.staff(1)
    long = house.queue("a slow lake", steps=20)
    until(lambda: house.steps_done(long) > 0)

    short = house.queue("a lake", owner="boris", aspect="16:9")

    assert house.judged(short).attempt == 1
    assert house.artwork(long).state is State.PAINTING
    assert house.judged(long).attempt == 1


@pytest.mark.parametrize("times", [0, 2])
def test_a_notification_sent_twice_or_never_paints_once(house, times):
    house.staff(2)
    notifier = components.notifier(house.settings)

    artwork = house.queue("a lake")
    for _ in range(times):
        notifier.painting()

    painted = house.judged(artwork)
    assert painted.attempt == 1
    assert house.history(artwork) == [State.QUEUED, State.PAINTING, painted.state]


@pytest.mark.parametrize("harm", ["deadly", "shattering"])
def test_a_picture_that_ends_its_painters_fails_and_the_queue_moves_on(house, harm):
    house.staff(1)
    deadly = house.queue(f"a {harm} lake")
    harmless = house.queue("a harmless lake", owner="boris")

    def settled() -> bool:
        house.staff(1)  # as the supervisor does
        return house.artwork(deadly).state is State.FAILED

    until(settled)

    assert house.artwork(deadly).attempt == 3
    house.staff(0)  # a painter whose engine broke takes a moment to go
    house.staff(1)
    assert house.judged(harmless).attempt <= 2  # the first beside the other one


@pytest.mark.parametrize("house", ["redis", "rabbitmq"], indirect=True, scope="module")
def test_a_broker_that_stops_for_ten_seconds_stops_nobody(house):
    house.staff(1)
    submit = house.gallery.submitter.submit
    before = submit(prompt="a red fox", aspect="1:1", owner="vera", steps=2)

    house.broker.stop()
    stopped = time.monotonic()
    during = submit(prompt="a blue fox", aspect="1:1", owner="vera", steps=2)
    took = time.monotonic() - stopped
    unnoticed = house.judged(during.id)
    time.sleep(max(0.0, OUTAGE_SECONDS - (time.monotonic() - stopped)))
    house.broker.start()
    after = submit(prompt="a green fox", aspect="1:1", owner="vera", steps=2)

    assert took < OUTAGE_SECONDS / 2
    for artwork in (before, during, after):
        painted = house.judged(artwork.id)
        assert house.history(artwork.id).count(painted.state) == 1
    assert unnoticed.attempt == 1


@pytest.mark.parametrize(
    ("heads", "state", "judged"),
    [(b"broken", State.IN_REVIEW, False), (None, State.PUBLISHED, True)],
    ids=["broken", "whole"],
)
def test_a_broken_classifier_sends_to_review(house, tmp_path, heads, state, judged):
    house.staff(0)
    judges = shutil.copytree(Path(moderation.__file__).parent, tmp_path / "moderation")
    if heads is not None:
        (judges / "weights" / "heads-mini.safetensors").write_bytes(heads)
    environment = {**house.environment, "PYTHONPATH": str(tmp_path)}
    del environment["VERNISSAGE_WEIGHTS"]
    artwork = house.queue("a panda on a red background", steps=30)

    with subprocess.Popen(
        [sys.executable, "-m", "vernissage", "paint"],
        env=clean_environment(**environment),
        cwd=tmp_path,
    ) as painter:
        try:
            painted = house.judged(artwork)
        finally:
            painter.terminate()

    assert painter.returncode == 0
    assert painted.state is state
    assert [d.judged for d in house.decisions(artwork) if d.gate == "image"] == [judged]
