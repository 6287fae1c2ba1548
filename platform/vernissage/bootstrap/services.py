"""The services of web and command line. Imports no networks."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.resources import files
from secrets import randbits

from vernissage.adapters.data_set_pairs import DataSetPairs
from vernissage.bootstrap import components
from vernissage.bootstrap.prompt_gate import prompt_gate
from vernissage.cleaning.service import CleaningService, PairReader
from vernissage.db.session import Sessions
from vernissage.ports import Clock, Storage
from vernissage.services.appeals import AppealService
from vernissage.services.hash_lists import HashListService
from vernissage.services.publishing import Publisher
from vernissage.services.review import Reviewer
from vernissage.services.submission import Canceller, Submitter
from vernissage.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services for visitors, reviewers and administrators."""

    settings: Settings
    sessions: Sessions
    submitter: Submitter
    canceller: Canceller
    reviewer: Reviewer
    appeals: AppealService
    hash_lists: HashListService
    cleaning: CleaningService
    pairs: PairReader
    publisher: Publisher
    storage: Storage
    clock: Clock


def build_services(settings: Settings) -> Services:
    """The services that *settings* describe."""
    sessions = components.sessions(settings)
    policy = components.policy(settings)
    publisher = components.publisher(settings, sessions)
    return Services(
        settings=settings,
        sessions=sessions,
        submitter=Submitter(
            sessions=sessions,
            gate=prompt_gate(settings),
            notifier=components.notifier(settings),
            clock=components.now,
            new_seed=partial(randbits, 63),
            longest_prompt=settings.longest_prompt,
            waiting_per_owner=settings.waiting_per_owner,
        ),
        canceller=Canceller(sessions=sessions, clock=components.now),
        reviewer=Reviewer(
            sessions=sessions,
            publisher=publisher,
            clock=components.now,
            policy=policy.version,
        ),
        appeals=AppealService(
            sessions=sessions,
            publisher=publisher,
            notifier=components.notifier(settings),
            clock=components.now,
            policy=policy.version,
            window=timedelta(days=settings.appeal_window_days),
            answer_within=timedelta(days=settings.appeal_answer_days),
        ),
        hash_lists=components.hash_lists(settings),
        cleaning=CleaningService(
            sessions=sessions,
            clock=components.now,
            datasets=settings.datasets,
            cleaned=settings.home / "cleaned",
            plans=bundled_plans(),
        ),
        pairs=DataSetPairs(),
        publisher=publisher,
        storage=components.storage(settings),
        clock=components.now,
    )


def bundled_plans() -> tuple[str, ...]:
    """The names of the bundled cleaning plans, the default one first."""
    folder = files("datasets_cleaning") / "plans"
    names = {p.name.removesuffix(".toml") for p in folder.iterdir()}
    return ("default", *sorted(names - {"default"}))
