from concurrent.futures import ThreadPoolExecutor
from stat import S_IMODE

import pytest

from vernissage.bootstrap.data_dir import data_dir, secret_key
from vernissage.errors import SettingsError
from vernissage.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "a" / "house")


def test_the_home_folder_is_made_and_left_empty(settings):
    folder = data_dir(settings)

    assert folder == settings.home
    assert list(folder.iterdir()) == []


def test_a_home_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SettingsError) as caught:
        data_dir(Settings(home=tmp_path / "file" / "house"))

    [line] = str(caught.value).splitlines()
    assert line.startswith("VERNISSAGE_HOME: cannot write into ")
    assert "Not a directory" in line


def test_a_secret_key_is_made_once_for_its_owner_alone(settings):
    first, second = secret_key(settings), secret_key(settings)

    [file] = settings.home.iterdir()
    assert first == second == file.read_text()
    assert len(first) >= 32
    assert S_IMODE(file.stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_the_secret_key(settings):
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: secret_key(settings), range(16)))

    assert len(keys) == 1
    assert [file.name for file in settings.home.iterdir()] == ["secret-key"]


def test_a_secret_key_that_is_set_is_taken(tmp_path):
    settings = Settings(home=tmp_path / "house", secret_key="k" * 40)

    assert secret_key(settings) == "k" * 40
    assert not settings.home.exists()


def test_a_secret_key_that_is_too_short_is_refused_without_being_shown(settings):
    data_dir(settings)
    (settings.home / "secret-key").write_text("hush")

    with pytest.raises(SettingsError) as caught:
        secret_key(settings)

    assert "too short" in str(caught.value)
    assert "hush" not in str(caught.value)
