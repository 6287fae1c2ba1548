"""The gate at submission, and classifiers that may fail to load: no networks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from moderation import PromptGate
from moderation.bundled import bundled_classifiers
from moderation.errors import ClassifierUnavailable
from moderation.protocols import Scores, TextClassifier
from vernissage.bootstrap import components
from vernissage.settings import Settings

log = structlog.get_logger()

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class MissingClassifier:
    """A stand-in for a classifier that did not load, for the reason *problem*."""

    name: str
    problem: str

    @property
    def version(self) -> str:
        """The name of the missing classifier, for the record."""
        return f"{self.name}@missing"

    def scores(self, _input: Any, /) -> Scores:
        """Raise ClassifierUnavailable."""
        raise ClassifierUnavailable(self.problem)


def load_or_missing(
    name: str, load: Callable[[], Loaded]
) -> Loaded | MissingClassifier:
    """The result of *load*, or a classifier that raises ClassifierUnavailable."""
    try:
        return load()
    except Exception as error:  # noqa: BLE001  # whatever broke, the process must start
        problem = f"{type(error).__name__}: {error}"
        log.error("classifier_missing", classifier=name, problem=problem)  # noqa: TRY400  # the message says it all
        return MissingClassifier(name, problem)


def load_all_or_missing(
    name: str, load: Callable[[], tuple[TextClassifier, ...]]
) -> tuple[TextClassifier, ...]:
    """The classifiers that *load* returns, or one that raises ClassifierUnavailable."""
    classifiers = load_or_missing(name, load)
    return (classifiers,) if isinstance(classifiers, MissingClassifier) else classifiers


def prompt_gate(settings: Settings) -> PromptGate:
    """The gate at submission: the lexicon and the linear classifier."""
    return PromptGate(
        classifiers=load_all_or_missing("bundled-text", bundled_classifiers),
        policy=components.policy(settings),
        shadow=components.shadow(settings),
    )
