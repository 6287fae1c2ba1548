"""What a measurement found, in numbers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from generation.evaluation.prompts import Question
from generation.world.vocabulary import LANGUAGES


@dataclass(frozen=True, slots=True)
class Answer:
    """How one picture did, and the *seconds* that it took."""

    question: Question
    background: bool
    thing: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Share:
    """Of so many *pictures*, the share with the right *background* and *thing*."""

    pictures: int
    background: float
    thing: float


@dataclass(frozen=True, slots=True)
class Report:
    """The shares over *all*, by language, and the mean seconds per picture."""

    model: str
    all: Share
    by_language: dict[str, Share]
    seconds: float

    def facts(self) -> dict[str, object]:
        """The report as plain data."""
        return asdict(self)


def summed(model: str, answers: Sequence[Answer]) -> Report:
    """The report over *answers*, which are at least one."""
    return Report(
        model,
        _share(answers),
        {
            language: _share(spoken)
            for language in LANGUAGES
            if (spoken := [a for a in answers if a.question.language == language])
        },
        sum(answer.seconds for answer in answers) / len(answers),
    )


def _share(answers: Sequence[Answer]) -> Share:
    return Share(
        len(answers),
        sum(answer.background for answer in answers) / len(answers),
        sum(answer.thing for answer in answers) / len(answers),
    )
