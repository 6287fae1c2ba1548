"""The vocabulary of judging: categories, outcomes, gates, rules and verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import TracebackType
from typing import Self

from moderation.language import Language


class Category(StrEnum):
    """A kind of content that a classifier scores.

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
    """The outcomes by severity, so that the worst of several is their ``max``."""

    ALLOW = 0
    REVIEW = 1
    REFUSE = 2

    @property
    def label(self) -> str:
        """The outcome as written in files and answers, in lower case."""
        return self.name.lower()


class Subject(StrEnum):
    """The thing that a gate looks at; the values are those of the public API."""

    PROMPT = "words"
    EMBEDDING = "idea"
    PICTURE = "picture"
    UPLOAD = "upload"


class PolicyTable(StrEnum):
    """The tables of a policy, in the order of a file; only `joint` may be left out."""

    PROMPT = "prompt"
    EMBEDDING = "embedding"
    IMAGE = "image"
    JOINT = "joint"


class Gate(StrEnum):
    """Every gate that decides about an artwork, in the order in which it passes them.

    The values stand in decision logs.
    """

    PROMPT = "prompt"
    SCREENING = "screening"
    EMBEDDING = "embedding"
    HASH = "hash"
    IMAGE = "image"
    JOINT = "joint"
    UPLOAD = "upload"
    HUMAN = "human"

    @property
    def subject(self) -> Subject:
        """The thing that it looks at; a reviewer decides over the finished picture."""
        match self:
            case Gate.PROMPT | Gate.SCREENING:
                return Subject.PROMPT
            case Gate.EMBEDDING:
                return Subject.EMBEDDING
            case Gate.HASH | Gate.IMAGE | Gate.JOINT | Gate.HUMAN:
                return Subject.PICTURE
            case Gate.UPLOAD:
                return Subject.UPLOAD

    @property
    def table(self) -> PolicyTable | None:
        """The table of a policy that its scores are judged by.

        None where no policy has a say: lists of known pictures, and reviewers.
        """
        match self:
            case Gate.PROMPT | Gate.SCREENING:
                return PolicyTable.PROMPT
            case Gate.EMBEDDING:
                return PolicyTable.EMBEDDING
            case Gate.IMAGE | Gate.UPLOAD:
                return PolicyTable.IMAGE
            case Gate.JOINT:
                return PolicyTable.JOINT
            case Gate.HASH | Gate.HUMAN:
                return None


@dataclass(frozen=True, slots=True)
class Rule:
    """The two thresholds of one category, each in [0, 1]."""

    review: float
    refuse: float


@dataclass(frozen=True, slots=True)
class Reason:
    """A *category* whose *score* reached a *threshold*, and the *outcome* of that."""

    category: Category
    score: float
    threshold: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Shadow:
    """The answer of another *policy* to the same scores; it changes nothing."""

    policy: str
    outcome: Outcome
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """The exception that kept a gate from judging: its class and `file:line`.

    Its message is left out, since it may quote a prompt.
    """

    error: str
    where: str

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """The failure by *error*, at the innermost place of its traceback."""
        return cls(type(error).__name__, _innermost(error.__traceback__))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole answer of a gate: an outcome, its reasons, the policy and the models.

    A gate that could not judge has ``judged`` False, outcome REVIEW, no scores and the
    *failure* that kept it from it. Where rules depend on the language, *language* is
    the one whose rules these are.
    """

    gate: Gate
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
    failure: Failure | None = None

    @property
    def refused(self) -> bool:
        """Whether the work must stop here."""
        return self.outcome is Outcome.REFUSE


def _innermost(trace: TracebackType | None) -> str:
    if trace is None:
        return "unknown"
    while trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
