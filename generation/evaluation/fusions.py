"""Whether a picture mixed from two texts shows something of both."""

from typing import Final

from generation.evaluation.experiment import Trial
from generation.evaluation.findings import Findings
from generation.evaluation.image_cache import opened
from generation.evaluation.probes import Question, lone, questions
from generation.evaluation.result import share
from generation.regimes import Part, Regime, fusion

OTHERS: Final = 10
BEATEN: Final = 9
BAR: Final = 0.70


def fused(trial: Trial) -> Findings:
    """Half of one thing and half of another, both on one colour."""
    asked = questions(lone, count=trial.count, seed=trial.recipe.seed)
    pictures = list(
        opened(trial.album.filled(trial.asks(map(_regime, asked)), "fusion"))
    )
    both = [
        above(trial.judge.scores(picture, question.sentences[: OTHERS + 2]).tolist())
        for question, picture in zip(asked, pictures, strict=True)
    ]
    measure = f"both above {BEATEN} of {OTHERS} others, by CLIP"
    return Findings(
        figures=[share(both, of="fusion of two things", measure=measure, bar=BAR)],
        rows=[trial.kept("fusion of two things", pictures)],
    )


def above(scores: list[float]) -> bool:
    """Whether each of the first two *scores* is above nine of the ten others."""
    first, second, *others = scores
    return all(
        sum(score > other for other in others) >= BEATEN for score in (first, second)
    )


def _regime(question: Question) -> Regime:
    first, second = question.sentences[:2]
    return fusion([Part(first, 0.5), Part(second, 0.5)])
