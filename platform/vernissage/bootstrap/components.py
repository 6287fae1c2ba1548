"""The parts that more than one kind of process is made of."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from moderation import Policy
from moderation.errors import PolicyError
from vernissage.adapters.celery_notifier import CeleryNotifier
from vernissage.adapters.local_notifier import LocalNotifier
from vernissage.adapters.storage import FolderStorage
from vernissage.bootstrap.data_dir import data_dir
from vernissage.db.session import Sessions, connect
from vernissage.errors import SettingsError
from vernissage.ports import WorkNotifier
from vernissage.services.hash_lists import HashListService
from vernissage.services.leases import Leases
from vernissage.services.publishing import Publisher
from vernissage.settings import Settings


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def sessions(settings: Settings) -> Sessions:
    """Sessions on the database in force; makes its folder."""
    data_dir(settings)
    return connect(settings.database)


def policy(settings: Settings) -> Policy:
    """The policy in force, or SettingsError."""
    return _policy("VERNISSAGE_POLICY", settings.policy)


def shadow(settings: Settings) -> Policy | None:
    """The policy whose verdicts are only recorded, if any, or SettingsError."""
    if settings.shadow_policy is None:
        return None
    return _policy("VERNISSAGE_SHADOW_POLICY", settings.shadow_policy)


def _policy(setting: str, name: Path) -> Policy:
    try:
        return Policy.named(name)
    except PolicyError as error:
        raise SettingsError(f"{setting}: {name}: {error}") from error


def weights(settings: Settings) -> Path:
    """The folder of the Kandinsky weights in force."""
    bundled = Path(str(files("generation"))) / "bundled" / "kandinsky-mini"
    return settings.weights or bundled


def notifier(settings: Settings) -> WorkNotifier:
    """The broker's notifier, or without a broker that of this machine."""
    if settings.broker_url.startswith("memory:"):
        return LocalNotifier(notifications(settings))
    return CeleryNotifier.at(settings.broker_url)


def notifications(settings: Settings) -> Path:
    """The folder through which the processes of this machine notify each other."""
    return data_dir(settings) / "notifications"


def storage(settings: Settings) -> FolderStorage:
    """The pictures in the data directory."""
    return FolderStorage(data_dir(settings) / "pictures")


def publisher(settings: Settings, database: sessionmaker[Session]) -> Publisher:
    """The publisher of the pictures of *database*."""
    return Publisher(sessions=database, storage=storage(settings))


def hash_lists(settings: Settings) -> HashListService:
    """The lists of banned pictures in the database in force."""
    return HashListService(sessions=sessions(settings), clock=now)


def leases(settings: Settings, database: sessionmaker[Session]) -> Leases:
    """The leases on the artworks of *database*."""
    return Leases(
        sessions=database,
        clock=now,
        length=timedelta(seconds=settings.lease_seconds),
        attempts=settings.attempts,
    )
