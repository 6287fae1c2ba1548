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
from tests.journeys.site import (
    GeneratorProcesses,
    Site,
    clean_environment,
    generator_processes,
    running_site,
    until,
)
from vernissage.bootstrap import components
from vernissage.states import State

pytestmark = pytest.mark.enable_socket

OUTAGE_SECONDS = 10.0
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GeneratorProcesses]:
    with generator_processes(tmp_path_factory.mktemp("toy") / "model") as processes:
        yield processes


@pytest.fixture(scope="module", params=["default", "redis", "rabbitmq"])
def site(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    processes: GeneratorProcesses,
) -> Iterator[Site]:
    """The default, Redis with PostgreSQL, or RabbitMQ with SQLite."""
    kind = request.param
    broker = None if kind == "default" else request.getfixturevalue(kind)
    database = request.getfixturevalue("postgresql").url if kind == "redis" else ""
    home = tmp_path_factory.mktemp(kind)
    with running_site(home, processes, database_url=database, broker=broker) as site:
        yield site


def test_a_painter_killed_in_mid_picture_costs_one_attempt(site):
    [victim] = site.scale_to(1)
    artwork = site.queue("a slow lake", steps=12)
    until(lambda: site.steps_done(artwork) > 0)
    site.scale_to(2)

    os.kill(victim, signal.SIGKILL)

    painted = site.judged(artwork)
    assert painted.attempt == 2
    assert site.history(artwork) == [
        State.QUEUED,
        State.PAINTING,
        State.QUEUED,
        State.PAINTING,
        painted.state,
    ]


def test_a_painter_killed_over_several_pictures_costs_each_one_attempt(site):
    [victim] = site.scale_to(1)
    artworks = [
        site.queue("a slow lake", steps=12, owner=owner)
        for owner in ("anna", "boris", "vera")
    ]
    until(lambda: all(site.steps_done(artwork) > 0 for artwork in artworks))
    site.scale_to(2)

    os.kill(victim, signal.SIGKILL)

    assert [site.judged(artwork).attempt for artwork in artworks] == [2, 2, 2]


def test_a_painter_told_to_go_gives_its_pictures_back_at_once(site):
    [leaver] = site.scale_to(1)
    artworks = {
        owner: site.queue("a slow lake", steps=40, owner=owner)
        for owner in ("anna", "boris")
    }
    until(lambda: all(site.steps_done(artwork) > 0 for artwork in artworks.values()))

    site.stop(leaver)

    for owner, artwork in artworks.items():
        given_back = site.artwork(artwork)
        assert (given_back.state, given_back.attempt) == (State.QUEUED, 0)
        site.services.canceller.cancel(artwork, owner=owner)


def test_pictures_of_different_sizes_and_lengths_are_painted_side_by_side(site):
    site.scale_to(1)
    long = site.queue("a slow lake", steps=20)
    until(lambda: site.steps_done(long) > 0)

    short = site.queue("a lake", owner="boris", aspect="16:9")

    assert site.judged(short).attempt == 1
    assert site.artwork(long).state is State.PAINTING
    assert site.judged(long).attempt == 1


@pytest.mark.parametrize("rings", [0, 2])
def test_a_bell_rung_twice_or_never_paints_once(site, rings):
    site.scale_to(2)
    notifier = components.notifier(site.settings)

    artwork = site.queue("a lake")
    for _ in range(rings):
        notifier.painting()

    painted = site.judged(artwork)
    assert painted.attempt == 1
    assert site.history(artwork) == [State.QUEUED, State.PAINTING, painted.state]


@pytest.mark.parametrize("harm", ["deadly", "shattering"])
def test_a_picture_that_ends_its_painters_fails_and_the_queue_moves_on(site, harm):
    site.scale_to(1)
    deadly = site.queue(f"a {harm} lake")
    harmless = site.queue("a harmless lake", owner="boris")

    def settled() -> bool:
        site.scale_to(1)  # as the supervisor does
        return site.artwork(deadly).state is State.FAILED

    until(settled)

    assert site.artwork(deadly).attempt == 3
    site.scale_to(0)  # a painter whose engine broke takes a moment to go
    site.scale_to(1)
    assert site.judged(harmless).attempt <= 2  # the first beside the other one


@pytest.mark.parametrize("site", ["redis", "rabbitmq"], indirect=True, scope="module")
def test_a_broker_that_stops_for_ten_seconds_stops_nobody(site):
    site.scale_to(1)
    submit = site.services.submitter.submit
    before = submit(prompt="a red fox", aspect="1:1", owner="vera", steps=2)

    site.broker.stop()
    stopped = time.monotonic()
    during = submit(prompt="a blue fox", aspect="1:1", owner="vera", steps=2)
    took = time.monotonic() - stopped
    unrung = site.judged(during.id)
    time.sleep(max(0.0, OUTAGE_SECONDS - (time.monotonic() - stopped)))
    site.broker.start()
    after = submit(prompt="a green fox", aspect="1:1", owner="vera", steps=2)

    assert took < OUTAGE_SECONDS / 2
    for artwork in (before, during, after):
        painted = site.judged(artwork.id)
        assert site.history(artwork.id).count(painted.state) == 1
    assert unrung.attempt == 1


@pytest.mark.parametrize(
    ("heads", "state", "judged"),
    [(b"broken", State.IN_REVIEW, False), (None, State.PUBLISHED, True)],
    ids=["broken", "whole"],
)
def test_a_broken_classifier_sends_to_review(site, tmp_path, heads, state, judged):
    site.scale_to(0)
    judges = shutil.copytree(Path(moderation.__file__).parent, tmp_path / "moderation")
    if heads is not None:
        (judges / "weights" / "heads-mini.safetensors").write_bytes(heads)
    environment = {**site.environment, "PYTHONPATH": f"{tmp_path}:{ROOT / 'platform'}"}
    del environment["VERNISSAGE_WEIGHTS"]
    artwork = site.queue("a panda on a red background", steps=30)

    with subprocess.Popen(
        [sys.executable, "-m", "vernissage", "paint"],
        env=clean_environment(**environment),
        cwd=tmp_path,
    ) as generator:
        try:
            painted = site.judged(artwork)
        finally:
            generator.terminate()

    assert generator.returncode == 0
    assert painted.state is state
    assert [d.judged for d in site.decisions(artwork) if d.gate == "image"] == [judged]
