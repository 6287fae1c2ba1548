"""The web application with a client for each kind of visitor."""

from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from moderation import Outcome
from tests.factories import a_verdict, an_artwork
from tests.fakes import ManualClock, MemoryStorage
from tests.vernissage.web.passwords import PASSWORD
from vernissage.adapters.data_set_pairs import DataSetPairs
from vernissage.bootstrap.services import Services, bundled_plans
from vernissage.cleaning.service import CleaningService
from vernissage.db.accounts import role
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.db.session import Sessions
from vernissage.models.accounts import Account
from vernissage.models.artworks import Artwork
from vernissage.services.appeals import AppealService
from vernissage.services.hash_lists import HashListService
from vernissage.services.publishing import Publisher
from vernissage.services.review import Reviewer
from vernissage.services.submission import Canceller, Submitter
from vernissage.settings import Settings
from vernissage.states import State
from vernissage.web import create_app


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        home=tmp_path, database_url=database_url, submissions_per_minute=1000, threads=8
    )


@pytest.fixture
def services(  # a site has many collaborators
    *,
    settings: Settings,
    sessions: Sessions,
    submitter: Submitter,
    canceller: Canceller,
    reviewer: Reviewer,
    appeal_service: AppealService,
    publisher: Publisher,
    storage: MemoryStorage,
    clock: ManualClock,
) -> Services:
    return Services(
        settings=settings,
        sessions=sessions,
        submitter=submitter,
        canceller=canceller,
        reviewer=reviewer,
        appeals=appeal_service,
        hash_lists=HashListService(sessions=sessions, clock=clock),
        cleaning=CleaningService(
            sessions=sessions,
            clock=clock,
            datasets=settings.datasets,
            cleaned=settings.home / "cleaned",
            plans=bundled_plans(),
        ),
        pairs=DataSetPairs(),
        publisher=publisher,
        storage=storage,
        clock=clock,
    )


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def visiting(app: Flask) -> Callable[[str], FlaskClient]:
    """Makes a client with the visit of the owner of that name."""

    def visit(owner: str) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as session:
            session["visitor"] = owner
        return client

    return visit


@pytest.fixture
def anna(visiting: Callable[[str], FlaskClient]) -> FlaskClient:
    return visiting("anna")


@pytest.fixture
def new_visitor(app: Flask) -> FlaskClient:
    """A visitor without a cookie."""
    return app.test_client()


@pytest.fixture
def make_account(sessions: Sessions) -> Callable[..., Account]:
    """Makes an account with that role and PASSWORD."""

    def employ(name: str, duty: str, *, own_password: bool = True) -> Account:
        account = Account(
            username=name,
            password=PasswordHasher(1, 8, 1).hash(PASSWORD),
            own_password=own_password,
        )
        with sessions.begin() as session:
            account.roles.append(role(session, duty))
            session.add(account)
        return account

    return employ


@pytest.fixture
def signed_in(app: Flask) -> Callable[[Account], FlaskClient]:
    """The client of an account that has just signed in; hashing takes its time."""

    def sign_in(account: Account) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = account.fs_uniquifier
            session["fs_paa"] = time()
        return client

    return sign_in


@pytest.fixture
def vera(
    signed_in: Callable[[Account], FlaskClient], make_account: Callable[..., Account]
) -> FlaskClient:
    """A reviewer who has signed in."""
    return signed_in(make_account("vera", "reviewer"))


@pytest.fixture
def stored_with_picture(
    sessions: Sessions, storage: MemoryStorage
) -> Callable[..., Artwork]:
    """Stores an artwork of Anna's in that state, with its picture on the right side."""

    def store(state: State = State.PUBLISHED, **columns: Any) -> Artwork:
        artwork = an_artwork(state, **columns)
        artwork.picture = storage.keep(artwork.id, Image.new("RGB", (64, 64), "red"))
        if state is State.PUBLISHED:
            storage.release(artwork.picture)
        with sessions.begin() as session:
            session.add(artwork)
            session.flush()
            Events(session).record(artwork, artwork.submitted_at)
            outcome = Outcome.ALLOW if state is State.PUBLISHED else Outcome.REVIEW
            Decisions(session).record(artwork, a_verdict(outcome), artwork.submitted_at)
        return artwork

    return store
