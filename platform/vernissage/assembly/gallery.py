"""What every door needs. Imports no networks."""

from dataclasses import dataclass
from functools import partial
from secrets import randbits

from moderation import Policy, PromptGate
from moderation.bundled import bundled_classifiers
from vernissage.assembly import parts
from vernissage.assembly.classifiers import all_loaded
from vernissage.db.session import Sessions
from vernissage.flow.answer import Arbiter
from vernissage.flow.appeal import Appealer
from vernissage.flow.cancel import Canceller
from vernissage.flow.review import Reviewer
from vernissage.flow.submit import Submitter
from vernissage.flow.view import Viewer
from vernissage.ports import Clock, Storage
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
    sessions, policy = parts.sessions(settings), parts.policy(settings)
    storage, hanger = parts.storage(settings), parts.hanger(settings, sessions)
    return Gallery(
        settings=settings,
        sessions=sessions,
        submitter=Submitter(
            sessions=sessions,
            gate=prompt_gate(policy, parts.shadow(settings)),
            bell=parts.bell(settings),
            clock=parts.now,
            chance=partial(randbits, 63),
            longest_prompt=settings.longest_prompt,
            waiting_per_owner=settings.waiting_per_owner,
        ),
        canceller=Canceller(sessions=sessions, clock=parts.now),
        reviewer=Reviewer(
            sessions=sessions, hanger=hanger, clock=parts.now, policy=policy.version
        ),
        appealer=Appealer(sessions=sessions, clock=parts.now),
        arbiter=Arbiter(
            sessions=sessions,
            hanger=hanger,
            bell=parts.bell(settings),
            clock=parts.now,
            policy=policy.version,
        ),
        viewer=Viewer(storage=storage, hanger=hanger),
        storage=storage,
        clock=parts.now,
    )


def prompt_gate(policy: Policy, shadow: Policy | None = None) -> PromptGate:
    """The gate at the door: the lexicon and the linear classifier."""
    classifiers = all_loaded("bundled-text", bundled_classifiers)
    return PromptGate(
        name="prompt", classifiers=classifiers, policy=policy, shadow=shadow
    )
