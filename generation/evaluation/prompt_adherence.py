"""Whether a model shows what it is told, beside drawings that surely do."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image

from generation.evaluation.background import background_of
from generation.evaluation.experiment import Trial
from generation.evaluation.findings import Findings
from generation.evaluation.fusions import fused
from generation.evaluation.image_cache import opened
from generation.evaluation.inpainting import edited
from generation.evaluation.probes import (
    CHOICES,
    Draw,
    Question,
    lone,
    pair,
    questions,
    several,
)
from generation.evaluation.reconstruction import alike, rebuilt
from generation.evaluation.result import Result, Row, behind, share
from generation.evaluation.speed import seconds
from generation.evaluation.verdicts import BY_CLIP, BY_LIKENESS, judged
from generation.regimes import text_to_image
from generation.world.scene import Plain
from generation.world.vocabulary import LANGUAGES

NOTES: Final = (
    (
        "Prompts tell scenes that a training holds out, in English and Russian by"
        " turns. «By CLIP» the model's own CLIP finds the right English sentence"
        f" nearest among {CHOICES} (of counts, among 3); «by likeness» a fresh drawing"
        " of the right scene is nearest in colours and edges to the picture, among"
        " eight drawings of each, or 24 where there are several objects."
    ),
    (
        "«Drawn» are the same scenes drawn by the font: what the judges say of those"
        " is the most that a model could reach."
    ),
)


def listening(trial: Trial, only: tuple[str, ...] = ()) -> Result:
    """All of what a model of the rendered world should do, or *only* some."""
    found = Findings(notes=NOTES)
    for name in only or ASPECTS:
        found += ASPECTS[name](trial)
    settings = {**trial.settings, "only": list(only or ASPECTS)}
    return found.result("listening", settings)


def _things(trial: Trial) -> Findings:
    """One thing on one colour, and how much better one language is understood."""
    asked, painted, drawn = _shown(trial, lone, "one thing")
    name = "one thing, painted"
    clip, likeness = judged(trial, asked, painted)
    figures = [
        share(_grounds(asked, painted), of=name, measure="background", bar=0.97),
        share(clip, of=name, measure=BY_CLIP, bar=0.85),
        share(likeness, of=name, measure=BY_LIKENESS, bar=0.70),
    ]
    for by, right in ((BY_CLIP, clip), (BY_LIKENESS, likeness)):
        english, russian = (
            share(
                [r for q, r in zip(asked, right, strict=True) if q.language == spoken],
                of=f"{name}, {spoken}",
                measure=by,
            )
            for spoken in LANGUAGES
        )
        gap = behind(english, russian, of="Russian behind English", bar=0.03)
        figures += [english, russian, gap]
    name = "one thing, drawn"
    clip, likeness = judged(trial, asked, drawn)
    figures += [
        share(_grounds(asked, drawn), of=name, measure="background"),
        share(clip, of=name, measure=BY_CLIP),
        share(likeness, of=name, measure=BY_LIKENESS),
    ]
    return Findings(figures=figures, rows=_rows(trial, "one thing", painted, drawn))


def _alike(draw: Draw, name: str, bar: float) -> Callable[[Trial], Findings]:
    """A measure of the right one of *draw* being shown."""

    def measured(trial: Trial) -> Findings:
        asked, painted, drawn = _shown(trial, draw, name)
        figures = []
        for of, pictures, reach in (
            (f"{name}, painted", painted, bar),
            (f"{name}, drawn", drawn, None),
        ):
            clip, likeness = judged(trial, asked, pictures)
            figures += [
                share(clip, of=of, measure=BY_CLIP, bar=reach),
                share(likeness, of=of, measure=BY_LIKENESS, bar=reach),
            ]
        return Findings(figures=figures, rows=_rows(trial, name, painted, drawn))

    return measured


def _shown(
    trial: Trial, draw: Draw, name: str
) -> tuple[list[Question], list[Image.Image], list[Image.Image]]:
    """Questions, what the model paints, and what the font draws."""
    asked = questions(draw, count=trial.count, seed=trial.recipe.seed)
    asks = trial.asks(text_to_image(question.prompt) for question in asked)
    painted = list(opened(trial.album.filled(asks, name)))
    side = trial.engine.side
    drawn = [
        trial.renderer.render(
            question.scene, frame=(side, side), random=np.random.default_rng(seed)
        )
        for seed, question in enumerate(asked)
    ]
    return asked, painted, drawn


def _grounds(asked: list[Question], pictures: list[Image.Image]) -> list[bool]:
    """Whether the background has the colour that was asked for."""
    return [
        Plain(background_of(picture)) == question.scene.background
        for question, picture in zip(asked, pictures, strict=True)
    ]


def _rows(
    trial: Trial, name: str, painted: list[Image.Image], drawn: list[Image.Image]
) -> list[Row]:
    return [
        trial.kept(f"{name}, painted", painted),
        trial.kept(f"{name}, drawn", drawn),
    ]


def _rebuilt(trial: Trial) -> Findings:
    shown = [exhibit.picture() for exhibit in trial.exhibits()]
    again = rebuilt(trial, shown, quantised=False)
    return Findings(figures=alike(shown, again, "reconstruction", barred=True))


def _timed(trial: Trial) -> Findings:
    return Findings(figures=[seconds(trial)])


ASPECTS: Final[Mapping[str, Callable[[Trial], Findings]]] = MappingProxyType(
    {
        "things": _things,
        "pairs": _alike(pair, "two things", 0.60),
        "counts": _alike(several, "one to three", 0.60),
        "reconstruction": _rebuilt,
        "inpainting": edited,
        "fusion": fused,
        "speed": _timed,
    }
)
"""What can be measured apart from the rest."""
