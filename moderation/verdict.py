"""The words every gate answers in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from moderation.text.language import Language


class Category(StrEnum):
    """What a classifier can see.

    ``unsafe`` is the overall risk that a prompt makes, or asks for, an unsafe picture;
    ``toxic`` means toxic as a comment, which is a different thing.
    """

    SEXUAL = "sexual"
    MINORS = "minors"
    VIOLENCE = "violence"
    HATE = "hate"
    HARASSMENT = "harassment"
    SELF_HARM = "self_harm"
    ILLEGAL = "illegal"
    SHOCKING = "shocking"
    TOXIC = "toxic"
    UNSAFE = "unsafe"


class Outcome(IntEnum):
    """Ordered by severity, so that the worst of several is their ``max``."""

    ALLOW = 0
    REVIEW = 1
    REFUSE = 2

    @property
    def label(self) -> str:
        """The outcome as written in files and answers, in lower case."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Rule:
    """Two thresholds for one category, each in [0, 1]."""

    review: float
    refuse: float


@dataclass(frozen=True, slots=True)
class Reason:
    """One category that crossed one threshold, and what that earns."""

    category: Category
    score: float
    threshold: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Shadow:
    """What another *policy* would have said of the same scores; it changes nothing."""

    policy: str
    outcome: Outcome
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A gate's whole answer: what to do, why, under which policy, by which models.

    A gate that could not look has ``judged`` False, outcome REVIEW and no scores. Where
    rules depend on the language, *language* is the one whose rules these are.
    """

    gate: str
    outcome: Outcome
    reasons: tuple[Reason, ...]
    scores: Mapping[Category, float]
    rules: Mapping[Category, Rule]
    policy: str
    models: tuple[str, ...]
    milliseconds: float
    judged: bool = True
    language: Language | None = None
    shadow: Shadow | None = None

    @property
    def refused(self) -> bool:
        """Whether the work must stop here."""
        return self.outcome is Outcome.REFUSE
