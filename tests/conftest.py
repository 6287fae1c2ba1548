"""Fixtures: a real SQLite file, the real services, and fakes at the ports."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.engine import make_url

from generation.recipe import Safety
from moderation import (
    Category,
    EmbeddingGate,
    Gate,
    ImageGate,
    JointGate,
    Policy,
    PromptGate,
    Rule,
)
from tests.fakes import (
    CountingNotifier,
    ManualClock,
    MemoryStorage,
    PlainEngine,
    Scorer,
)
from tests.servers import (
    Server,
    postgresql_server,
    rabbitmq_server,
    redis_server,
)
from vernissage.db.migrate import upgrade
from vernissage.db.session import Sessions, connect, open_engine
from vernissage.services.appeals import AppealService
from vernissage.services.generation import Generator
from vernissage.services.hash_matching import HashMatcher
from vernissage.services.leases import Leases
from vernissage.services.publishing import Publisher
from vernissage.services.recovery import Sweeper
from vernissage.services.review import Reviewer
from vernissage.services.screening import Screener
from vernissage.services.submission import Canceller, Submitter

# no test is a stopwatch: a busy machine may take as long as it likes
settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def policy() -> Policy:
    rules = dict.fromkeys(Category, Rule(review=0.5, refuse=0.9))
    return Policy("test-1", prompt=rules, embedding=rules, image=rules)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that the migrations made, for copying."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(migrated: Path, tmp_path: Path) -> str:
    """An empty database of the test's own."""
    path = shutil.copy(migrated, tmp_path / "vernissage.sqlite3")
    return f"sqlite:///{path}"


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    factory = connect(database_url)
    yield factory
    factory.engine.dispose()


@contextmanager
def postgresql_database(server: Server, template: str) -> Iterator[str]:
    """The URL of a database in *server* that begins as a copy of *template*."""
    name = f"test_{uuid4().hex}"
    engine = open_engine(server.url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        url = make_url(server.url).set(database=name)
        yield url.render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_migrated(postgresql: Server) -> Iterator[str]:
    """The name of a PostgreSQL database that the migrations made, for copying."""
    with postgresql_database(postgresql, "template1") as url:
        upgrade(url)
        yield str(make_url(url).database)


@pytest.fixture
def postgresql_url(postgresql: Server, postgresql_migrated: str) -> Iterator[str]:
    """An empty, migrated PostgreSQL database of the test's own."""
    with postgresql_database(postgresql, postgresql_migrated) as url:
        yield url


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.enable_socket)]
)
def each_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database of each kind in turn."""
    fixture = {"sqlite": "database_url", "postgresql": "postgresql_url"}
    url: str = request.getfixturevalue(fixture[request.param])
    return url


@pytest.fixture
def each_sessions(each_url: str) -> Iterator[Sessions]:
    """Sessions on a database of each kind in turn."""
    factory = connect(each_url)
    yield factory
    factory.engine.dispose()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def notifier() -> CountingNotifier:
    return CountingNotifier()


@pytest.fixture
def engine() -> PlainEngine:
    return PlainEngine()


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def publisher(sessions: Sessions, storage: MemoryStorage) -> Publisher:
    return Publisher(sessions=sessions, storage=storage)


@pytest.fixture
def leases(sessions: Sessions, clock: ManualClock) -> Leases:
    return Leases(
        sessions=sessions, clock=clock, length=timedelta(seconds=30), attempts=3
    )


@pytest.fixture
def submitter(
    sessions: Sessions, policy: Policy, notifier: CountingNotifier, clock: ManualClock
) -> Submitter:
    return Submitter(
        sessions=sessions,
        gate=PromptGate(classifiers=[Scorer()], policy=policy),
        notifier=notifier,
        clock=clock,
        new_seed=lambda: 42,
        longest_prompt=1000,
        waiting_per_owner=5,
    )


@pytest.fixture
def screener(
    sessions: Sessions,
    leases: Leases,
    policy: Policy,
    notifier: CountingNotifier,
    clock: ManualClock,
) -> Screener:
    return Screener(
        sessions=sessions,
        leases=leases,
        gate=PromptGate(name=Gate.SCREENING, classifiers=[Scorer()], policy=policy),
        notifier=notifier,
        clock=clock,
    )


@pytest.fixture
def generator(
    *,
    sessions: Sessions,
    leases: Leases,
    engine: PlainEngine,
    policy: Policy,
    storage: MemoryStorage,
    publisher: Publisher,
    clock: ManualClock,
) -> Generator:
    return Generator(
        sessions=sessions,
        leases=leases,
        engine=engine,
        embedding_gate=EmbeddingGate(classifiers=[Scorer()], policy=policy),
        matcher=HashMatcher(sessions=sessions, policy=policy),
        image_gate=ImageGate(classifiers=[Scorer()], policy=policy),
        joint_gate=JointGate(policy=policy),
        safety=Safety.OFF,
        concept_limit=None,
        storage=storage,
        publisher=publisher,
        clock=clock,
    )


@pytest.fixture
def canceller(sessions: Sessions, clock: ManualClock) -> Canceller:
    return Canceller(sessions=sessions, clock=clock)


@pytest.fixture
def reviewer(sessions: Sessions, publisher: Publisher, clock: ManualClock) -> Reviewer:
    return Reviewer(
        sessions=sessions, publisher=publisher, clock=clock, policy="test-1"
    )


@pytest.fixture
def appeal_service(
    sessions: Sessions,
    publisher: Publisher,
    notifier: CountingNotifier,
    clock: ManualClock,
) -> AppealService:
    return AppealService(
        sessions=sessions,
        publisher=publisher,
        notifier=notifier,
        clock=clock,
        policy="test-1",
        window=timedelta(days=30),
        answer_within=timedelta(days=7),
    )


@pytest.fixture
def sweeper(
    sessions: Sessions, notifier: CountingNotifier, clock: ManualClock
) -> Sweeper:
    return Sweeper(sessions=sessions, notifier=notifier, clock=clock, attempts=3)


@pytest.fixture(scope="session")
def redis() -> Iterator[Server]:
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[Server]:
    with rabbitmq_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with postgresql_server() as server:
        yield server
