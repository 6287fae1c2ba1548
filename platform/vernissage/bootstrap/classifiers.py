"""Classifiers that may fail to load: their gate then asks for a person, every time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from moderation.errors import ClassifierUnavailable
from moderation.protocols import Scores, TextClassifier

log = structlog.get_logger()

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands where a classifier should; *problem* says why it does not."""

    name: str
    problem: str

    @property
    def version(self) -> str:
        """What is missing, for the record."""
        return f"{self.name}@missing"

    def scores(self, _thing: Any, /) -> Scores:
        """Raise ClassifierUnavailable, whatever is shown."""
        raise ClassifierUnavailable(self.problem)


def loaded(name: str, load: Callable[[], Loaded]) -> Loaded | Missing:
    """What *load* answers, or a classifier that says it is missing."""
    try:
        return load()
    except Exception as error:  # noqa: BLE001  # whatever broke, the house must open
        problem = f"{type(error).__name__}: {error}"
        log.error("classifier_missing", classifier=name, problem=problem)  # noqa: TRY400  # the message says it all
        return Missing(name, problem)


def all_loaded(
    name: str, load: Callable[[], tuple[TextClassifier, ...]]
) -> tuple[TextClassifier, ...]:
    """The classifiers that *load* answers, or the one that says they are missing."""
    classifiers = loaded(name, load)
    return (classifiers,) if isinstance(classifiers, Missing) else classifiers
