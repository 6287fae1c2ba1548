"""What a screener process needs: the text classifiers that are too slow for a door."""

from functools import partial
from pathlib import Path

from moderation import Gate, PromptGate
from moderation.bundled import bundled_classifiers
from moderation.protocols import TextClassifier
from vernissage.bootstrap import components
from vernissage.bootstrap.classifiers import all_loaded
from vernissage.services.screening import Screener
from vernissage.settings import Settings


def screener(settings: Settings) -> Screener:
    """The screener that *settings* describe."""
    sessions = components.sessions(settings)
    return Screener(
        sessions=sessions,
        leases=components.leases(settings, sessions),
        gate=screening_gate(settings),
        notifier=components.notifier(settings),
        clock=components.now,
    )


def screening_gate(settings: Settings) -> PromptGate:
    """The bundled classifiers and, where its folder is set, Detoxify."""
    classifiers = all_loaded("bundled-text", bundled_classifiers)
    if settings.detoxify is not None:
        classifiers += all_loaded(
            "detoxify", partial(_detoxify, settings.detoxify, settings)
        )
    return PromptGate(
        name=Gate.SCREENING,
        classifiers=classifiers,
        policy=components.policy(settings),
        shadow=components.shadow(settings),
    )


def _detoxify(folder: Path, settings: Settings) -> tuple[TextClassifier, ...]:
    from moderation.text.detoxify import Detoxify  # noqa: PLC0415  # torch

    int8 = settings.detoxify_dtype == "int8"
    return (Detoxify.load(folder, device=settings.detoxify_device, int8=int8),)
