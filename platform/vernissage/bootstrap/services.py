"""What every door needs. Imports no networks."""

from dataclasses import dataclass
from functools import partial
from secrets import randbits

from moderation import Policy, PromptGate
from moderation.bundled import bundled_classifiers
from vernissage.bootstrap import components
from vernissage.bootstrap.classifiers import all_loaded
from vernissage.db.session import Sessions
from vernissage.ports import Clock, Storage
from vernissage.services.appeal_answers import Arbiter
from vernissage.services.appeals import Appealer
from vernissage.services.cancellation import Canceller
from vernissage.services.review import Reviewer
from vernissage.services.submission import Submitter
from vernissage.services.viewing import Viewer
from vernissage.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """The steps that a visitor or a reviewer can take."""

    settings: Settings
    sessions: Sessions
    submitter: Submitter
    canceller: Canceller
    reviewer: Reviewer
    appealer: Appealer
    arbiter: Arbiter
    viewer: Viewer
    storage: Storage
    clock: Clock


def gallery(settings: Settings) -> Gallery:
    """The gallery that *settings* describe."""
    sessions, policy = components.sessions(settings), components.policy(settings)
    storage, hanger = (
        components.storage(settings),
        components.hanger(settings, sessions),
    )
    return Gallery(
        settings=settings,
        sessions=sessions,
        submitter=Submitter(
            sessions=sessions,
            gate=prompt_gate(policy, components.shadow(settings)),
            notifier=components.notifier(settings),
            clock=components.now,
            chance=partial(randbits, 63),
            longest_prompt=settings.longest_prompt,
            waiting_per_owner=settings.waiting_per_owner,
        ),
        canceller=Canceller(sessions=sessions, clock=components.now),
        reviewer=Reviewer(
            sessions=sessions,
            hanger=hanger,
            clock=components.now,
            policy=policy.version,
        ),
        appealer=Appealer(sessions=sessions, clock=components.now),
        arbiter=Arbiter(
            sessions=sessions,
            hanger=hanger,
            notifier=components.notifier(settings),
            clock=components.now,
            policy=policy.version,
        ),
        viewer=Viewer(storage=storage, hanger=hanger),
        storage=storage,
        clock=components.now,
    )


def prompt_gate(policy: Policy, shadow: Policy | None = None) -> PromptGate:
    """The gate at the door: the lexicon and the linear classifier."""
    classifiers = all_loaded("bundled-text", bundled_classifiers)
    return PromptGate(classifiers=classifiers, policy=policy, shadow=shadow)
