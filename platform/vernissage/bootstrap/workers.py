"""The workers behind the web process: screener, generator, and the sweep of leases.

Imports no networks: the engine is loaded when a generator is built.
"""

from functools import partial

from generation.errors import GenerationError
from generation.recipe import Safety
from moderation import JointGate
from vernissage.bootstrap import components, gates
from vernissage.errors import SettingsError
from vernissage.ports import Engine
from vernissage.services.generation import Generator
from vernissage.services.local_workers import LocalWorkers
from vernissage.services.recovery import Sweeper
from vernissage.services.screening import Screener
from vernissage.services.submission import Canceller
from vernissage.settings import Settings


def build_screener(settings: Settings) -> Screener:
    """The screener that *settings* describe."""
    sessions = components.sessions(settings)
    return Screener(
        sessions=sessions,
        leases=components.leases(settings, sessions),
        gate=gates.screening_gate(settings),
        notifier=components.notifier(settings),
        clock=components.now,
    )


def build_generator(settings: Settings) -> Generator:
    """The generator that *settings* describe, its weights on their device."""
    sessions, policy = components.sessions(settings), components.policy(settings)
    embedding_gate, image_gate = gates.generation_gates(settings)
    return Generator(
        sessions=sessions,
        leases=components.leases(settings, sessions),
        engine=load_engine(settings),
        embedding_gate=embedding_gate,
        matcher=gates.hash_matcher(settings),
        image_gate=image_gate,
        joint_gate=JointGate(policy=policy, shadow=components.shadow(settings)),
        safety=Safety(policy.safety),
        concept_limit=policy.concept_limit,
        storage=components.storage(settings),
        publisher=components.publisher(settings, sessions),
        clock=components.now,
    )


def build_local_workers(settings: Settings, canceller: Canceller) -> LocalWorkers:
    """Screener and generator for one artwork, in this process."""
    return LocalWorkers(
        sessions=components.sessions(settings),
        screener=build_screener(settings),
        build_generator=partial(build_generator, settings),
        sweeper=build_sweeper(settings),
        canceller=canceller,
    )


def build_sweeper(settings: Settings) -> Sweeper:
    """The sweep for lost leases; any long-lived process may run it."""
    return Sweeper(
        sessions=components.sessions(settings),
        notifier=components.notifier(settings),
        clock=components.now,
        attempts=settings.attempts,
    )


def load_engine(settings: Settings) -> Engine:
    """The engine over the weights in force, or SettingsError."""
    from generation.engine import Engine as Kandinsky  # noqa: PLC0415  # torch

    try:
        return Kandinsky.load(
            components.weights(settings),
            device=settings.device,
            dtype=settings.dtype,
            capacity=settings.slots,
            translation=settings.translation,
        )
    except GenerationError as error:
        raise SettingsError(f"cannot paint without weights: {error}") from error
