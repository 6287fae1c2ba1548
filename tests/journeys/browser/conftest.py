"""A real Chromium before a real server, with a painter in a thread of its own."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from werkzeug.serving import make_server

from generation.recipe import Safety
from moderation import (
    Category,
    EmbeddingGate,
    Gate,
    ImageGate,
    JointGate,
    Policy,
    PromptGate,
)
from tests.fakes import CountingNotifier, MemoryStorage, PlainEngine, Scorer
from vernissage.adapters.data_set_pairs import DataSetPairs
from vernissage.bootstrap.components import now
from vernissage.bootstrap.services import Services, bundled_plans
from vernissage.cleaning.service import CleaningService
from vernissage.db.accounts import role
from vernissage.db.session import Sessions
from vernissage.models.accounts import REVIEWER, Account
from vernissage.services.appeals import AppealService
from vernissage.services.generation import Generator
from vernissage.services.hash_lists import HashListService
from vernissage.services.hash_matching import HashMatcher
from vernissage.services.leases import Leases
from vernissage.services.publishing import Publisher
from vernissage.services.review import Reviewer
from vernissage.services.screening import Screener
from vernissage.services.submission import Canceller, Submitter
from vernissage.settings import Settings
from vernissage.web import create_app

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000
"""Milliseconds that a page may take to show what is expected of it."""


@dataclass
class Words:
    """A classifier that is sure of «knife» and doubtful about «pirate»."""

    version: str = "words@test"

    def scores(self, text: str, /) -> dict[Category, float]:
        score = 0.97 if "knife" in text or "нож" in text else 0.0
        doubt = 0.6 if "pirate" in text or "пират" in text else 0.0
        calm = dict.fromkeys(Category, 0.0)
        return {**calm, Category.VIOLENCE: score, Category.SHOCKING: doubt}


@dataclass(kw_only=True)
class Site:
    """A site that runs: *address*, and the workers that a test lets go."""

    address: str
    app: Flask
    sessions: Sessions
    screener: Screener
    generator: Generator
    engine: PlainEngine

    def works(self) -> None:
        """Screen and paint all that waits."""
        while self.screener.screen_all() or self.generator.generate_all():
            pass


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        missing = "the Debian package `chromium` is not installed"
        if os.environ.get("CI"):  # noqa: TID251  # a fact about the test run
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(  # a site has many collaborators
    *,
    tmp_path: Path,
    database_url: str,
    sessions: Sessions,
    policy: Policy,
    storage: MemoryStorage,
    publisher: Publisher,
    engine: PlainEngine,
) -> Iterator[Site]:
    """The web server in threads; nothing is painted before `works`."""
    settings = Settings(home=tmp_path, database_url=database_url)
    leases = Leases(
        sessions=sessions, clock=now, length=timedelta(seconds=30), attempts=3
    )
    gate = PromptGate(classifiers=[Words()], policy=policy)
    services = Services(
        settings=settings,
        sessions=sessions,
        submitter=Submitter(
            sessions=sessions,
            gate=gate,
            notifier=CountingNotifier(),
            clock=now,
            new_seed=lambda: 42,
            longest_prompt=1000,
            waiting_per_owner=5,
        ),
        canceller=Canceller(sessions=sessions, clock=now),
        reviewer=Reviewer(
            sessions=sessions, publisher=publisher, clock=now, policy=policy.version
        ),
        appeals=AppealService(
            sessions=sessions,
            publisher=publisher,
            notifier=CountingNotifier(),
            clock=now,
            policy=policy.version,
            window=timedelta(days=30),
            answer_within=timedelta(days=7),
        ),
        hash_lists=HashListService(sessions=sessions, clock=now),
        cleaning=CleaningService(
            sessions=sessions,
            clock=now,
            datasets=settings.datasets,
            cleaned=settings.home / "cleaned",
            plans=bundled_plans(),
        ),
        pairs=DataSetPairs(),
        publisher=publisher,
        storage=storage,
        clock=now,
    )
    app = create_app(services)
    with served(app) as address:
        yield Site(
            address=address,
            app=app,
            sessions=sessions,
            screener=Screener(
                sessions=sessions,
                leases=leases,
                gate=PromptGate(
                    name=Gate.SCREENING, classifiers=[Scorer()], policy=policy
                ),
                notifier=CountingNotifier(),
                clock=now,
            ),
            generator=Generator(
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
                clock=now,
            ),
            engine=engine,
        )


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of *app* while it is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def enter(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens pages of different people; none may leave an error in the console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        # the browser itself remarks on a form sent back and on a seat that is taken
        remarks = ("status of 422", "status of 429")
        if said.type == "error" and not any(r in said.text for r in remarks):
            complaints.append(said.text)

    def open_page(path: str = "/", **preferences: Any) -> Page:
        context = chromium.new_context(base_url=site.address, **preferences)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def reviewer(sessions: Sessions) -> tuple[str, str]:
    """Name and password of somebody at the desk."""
    password = "a quiet evening by the lake"  # noqa: S105  # opens nothing but a test
    account = Account(
        username="vera",
        password=PasswordHasher(1, 8, 1).hash(password),
        own_password=True,
    )
    with sessions.begin() as session:
        account.roles.append(role(session, REVIEWER))
        session.add(account)
    return account.username, password
