import subprocess
import sys

import pytest

from vernissage.adapters.celery_notifier import CeleryNotifier
from vernissage.adapters.local_notifier import LocalNotifier
from vernissage.bootstrap import components
from vernissage.bootstrap.data_dir import data_dir
from vernissage.bootstrap.gates import screening_gate
from vernissage.bootstrap.services import build_services
from vernissage.bootstrap.workers import build_screener, build_sweeper
from vernissage.db.artworks import Artworks
from vernissage.db.migrate import upgrade
from vernissage.errors import SettingsError
from vernissage.settings import Settings
from vernissage.states import State


@pytest.fixture
def settings(tmp_path):
    settings = Settings(home=tmp_path / "house")
    data_dir(settings)
    upgrade(settings.database)
    return settings


def test_a_submitted_prompt_passes_the_screener(settings):
    services, reader = build_services(settings), build_screener(settings)

    submitted = services.submitter.submit(
        prompt="a red apple on a blue background", aspect="1:1", owner="anna"
    )
    screened = reader.screen_all()
    build_sweeper(settings).sweep()

    assert screened
    assert 0 <= submitted.seed < 2**63
    with services.sessions() as session:
        artwork = Artworks(session)[submitted.id]
        assert artwork.state is State.QUEUED
        gates = [decision.gate for decision in artwork.decisions]
    assert gates == ["prompt"]  # what judged at submission does not judge again


def test_a_missing_detoxify_folder_asks_for_a_person(tmp_path):
    gate = screening_gate(Settings(detoxify=tmp_path / "nowhere"))
    assert gate is not None

    verdict = gate.judge("a red apple on a blue background")

    assert not verdict.judged
    assert "detoxify@missing" in verdict.models


def test_without_a_broker_workers_of_this_machine_are_notified(tmp_path):
    settings = Settings(home=tmp_path, broker_url="memory://")

    notifier = components.notifier(settings)

    assert notifier == LocalNotifier(tmp_path / "notifications")


def test_with_a_broker_workers_are_notified_through_it(tmp_path):
    settings = Settings(home=tmp_path, broker_url="redis://host")

    assert isinstance(components.notifier(settings), CeleryNotifier)


def test_a_policy_that_cannot_be_read_is_one_clear_line(tmp_path):
    settings = Settings(policy=tmp_path / "none.toml")

    with pytest.raises(SettingsError) as caught:
        components.policy(settings)

    [line] = str(caught.value).splitlines()
    assert line.startswith("VERNISSAGE_POLICY: ")


@pytest.mark.parametrize(
    "module", ["services", "data_dir", "workers", "components", "gates"]
)
def test_nothing_is_built_before_it_is_asked_for(module):
    program = (
        f"import sys, vernissage.bootstrap.{module};"
        "sys.exit(not {'torch', 'transformers', 'diffusers'}.isdisjoint(sys.modules))"
    )

    finished = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)

    assert finished.returncode == 0
