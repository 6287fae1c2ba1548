from pathlib import Path

import pytest

from vernissage.errors import SettingsError
from vernissage.settings import Settings


def test_nothing_needs_to_be_set():
    settings = Settings.load()

    assert settings.database == "sqlite:///var/vernissage.sqlite3"
    assert settings.broker_url == "memory://"


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("VERNISSAGE_HOME", "/srv/house")
    monkeypatch.setenv("VERNISSAGE_PORT", "8080")

    settings = Settings.load()

    assert (settings.home, settings.port) == (Path("/srv/house"), 8080)


def test_every_problem_is_named_at_once(monkeypatch):
    monkeypatch.setenv("VERNISSAGE_PORT", "front door")
    monkeypatch.setenv("VERNISSAGE_ATTEMPTS", "0")

    with pytest.raises(SettingsError) as caught:
        Settings.load()

    port, attempts = sorted(str(caught.value).splitlines(), reverse=True)
    assert port.startswith("VERNISSAGE_PORT: ")
    assert "'front door'" in port
    assert attempts.startswith("VERNISSAGE_ATTEMPTS: ")


def test_a_secret_is_not_shown(monkeypatch):
    monkeypatch.setenv("VERNISSAGE_SECRET_KEY", "hush")

    with pytest.raises(SettingsError) as caught:
        Settings.load()

    assert "VERNISSAGE_SECRET_KEY" in str(caught.value)
    assert "hush" not in str(caught.value)
