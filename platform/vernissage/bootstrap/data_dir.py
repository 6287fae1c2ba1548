"""The data directory: database, pictures and keys."""

import os
from pathlib import Path
from secrets import token_hex, token_urlsafe

from vernissage.errors import SettingsError
from vernissage.settings import Settings


def data_dir(settings: Settings) -> Path:
    """The data directory, made and writable, or SettingsError."""
    folder = settings.home
    probe = folder / f".writable-{token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"VERNISSAGE_HOME: cannot write into {folder}: {error.strerror}"
        ) from error
    return folder


def secret_key(settings: Settings) -> str:
    """The key that signs cookies: as set, or made once and kept in the data folder."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    path = data_dir(settings) / "secret-key"
    try:
        _write_once(path, token_urlsafe(48))
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the secret key in {path}") from error
    if len(key) < 32:  # noqa: PLR2004  # as long as the setting has to be
        raise SettingsError(f"the secret key in {path} is too short: delete it")
    return key


def _write_once(path: Path, key: str) -> None:
    """Write *key* into *path*, readable by its owner only, unless there is one."""
    mine = path.with_name(f".secret-key-{token_hex(8)}")
    try:
        if not path.exists():
            mine.touch(mode=0o600)
            mine.write_text(key, "ascii")
            os.link(mine, path)  # whole or not at all, and never over another's
    except FileExistsError:
        return  # another process was faster
    finally:
        mine.unlink(missing_ok=True)
