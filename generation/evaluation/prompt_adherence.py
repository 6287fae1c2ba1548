"""Prompt adherence: whether pictures show what their prompts say."""

from collections.abc import Callable, Mapping
from time import perf_counter
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from PIL import Image

from generation.evaluation.experiment import Experiment
from generation.evaluation.image_cache import load_images
from generation.evaluation.inpainting import measure_inpainting
from generation.evaluation.judges import BY_CLIP, BY_TEMPLATE, background_colour
from generation.evaluation.probes import (
    CHOICES,
    Draw,
    Probe,
    counted,
    draw_probes,
    pair,
    single,
)
from generation.evaluation.reconstruction import compare_images, reconstructed
from generation.evaluation.result import (
    Figure,
    Findings,
    Result,
    Row,
    behind,
    mean,
    share,
)
from generation.regimes import Part, Regime, fusion, text_to_image
from generation.world.scene import Plain
from generation.world.vocabulary import LANGUAGES

TIMED: Final = 5
TIME_BAR: Final = 3.0  # what a picture should take on two cores


def measure_speed(experiment: Experiment) -> Figure:
    """One picture at a time, at the model's own steps; the first is not counted."""
    probes = draw_probes(single, count=TIMED + 1, seed=experiment.recipe.seed)
    took = []
    for probe in probes:
        began = perf_counter()
        regime = text_to_image(probe.prompt)
        request = experiment.engine.run_prior(regime, experiment.engine.defaults)
        experiment.engine.run_decoder(request, lambda _done, _steps: None)
        took.append(perf_counter() - began)
    return mean(
        took[1:],
        of=f"a picture alone, {experiment.engine.defaults.steps} steps,"
        f" {torch.get_num_threads()} threads",
        measure="seconds",
        unit="s",
        bar=TIME_BAR,
        less=True,
    )


OTHERS: Final = 10
BEATEN: Final = 9
FUSION_BAR: Final = 0.70


def measure_fusion(experiment: Experiment) -> Findings:
    """Half of one thing and half of another, both on one colour."""
    probes = draw_probes(single, count=experiment.count, seed=experiment.recipe.seed)
    pictures = list(
        load_images(
            experiment.images.generate(experiment.tasks(map(_regime, probes)), "fusion")
        )
    )
    both = [
        above(experiment.judge.scores(picture, probe.sentences[: OTHERS + 2]).tolist())
        for probe, picture in zip(probes, pictures, strict=True)
    ]
    measure = f"both above {BEATEN} of {OTHERS} others, by CLIP"
    return Findings(
        figures=[
            share(both, of="fusion of two things", measure=measure, bar=FUSION_BAR)
        ],
        rows=[experiment.kept("fusion of two things", pictures)],
    )


def above(scores: list[float]) -> bool:
    """Whether each of the first two *scores* is above nine of the ten others."""
    first, second, *others = scores
    return all(
        sum(score > other for other in others) >= BEATEN for score in (first, second)
    )


def _regime(probe: Probe) -> Regime:
    first, second = probe.sentences[:2]
    return fusion([Part(first, 0.5), Part(second, 0.5)])


NOTES: Final = (
    (
        "Prompts tell scenes that a training holds out, in English and Russian by"
        " turns. «By CLIP» the model's own CLIP finds the right English sentence"
        f" nearest among {CHOICES} (of counts, among 3); «by template match» a fresh"
        " drawing of the right scene is nearest in colours and edges to the picture,"
        " among eight drawings of each, or 24 where there are several objects."
    ),
    (
        "«Drawn» are the same scenes drawn by the font: what the judges say of those"
        " is the most that a model could reach."
    ),
)


def prompt_adherence(experiment: Experiment, only: tuple[str, ...] = ()) -> Result:
    """All aspects of a model of the rendered world, or *only* some."""
    found = Findings(notes=NOTES)
    for name in only or ASPECTS:
        found += ASPECTS[name](experiment)
    settings = {**experiment.settings, "only": list(only or ASPECTS)}
    return found.result("prompt-adherence", settings)


def _things(experiment: Experiment) -> Findings:
    """One thing on one colour, and how much better one language is understood."""
    probes, painted, drawn = _shown(experiment, single, "one thing")
    name = "one thing, painted"
    clip, templates = experiment.judge_all(probes, painted)
    figures = [
        share(_grounds(probes, painted), of=name, measure="background", bar=0.97),
        share(clip, of=name, measure=BY_CLIP, bar=0.85),
        share(templates, of=name, measure=BY_TEMPLATE, bar=0.70),
    ]
    for by, right in ((BY_CLIP, clip), (BY_TEMPLATE, templates)):
        english, russian = (
            share(
                [r for q, r in zip(probes, right, strict=True) if q.language == spoken],
                of=f"{name}, {spoken}",
                measure=by,
            )
            for spoken in LANGUAGES
        )
        gap = behind(english, russian, of="Russian behind English", bar=0.03)
        figures += [english, russian, gap]
    name = "one thing, drawn"
    clip, templates = experiment.judge_all(probes, drawn)
    figures += [
        share(_grounds(probes, drawn), of=name, measure="background"),
        share(clip, of=name, measure=BY_CLIP),
        share(templates, of=name, measure=BY_TEMPLATE),
    ]
    return Findings(
        figures=figures, rows=_rows(experiment, "one thing", painted, drawn)
    )


def _alike(draw: Draw, name: str, bar: float) -> Callable[[Experiment], Findings]:
    """A measure of the right one of *draw* being shown."""

    def measured(experiment: Experiment) -> Findings:
        probes, painted, drawn = _shown(experiment, draw, name)
        figures = []
        for of, pictures, reach in (
            (f"{name}, painted", painted, bar),
            (f"{name}, drawn", drawn, None),
        ):
            clip, templates = experiment.judge_all(probes, pictures)
            figures += [
                share(clip, of=of, measure=BY_CLIP, bar=reach),
                share(templates, of=of, measure=BY_TEMPLATE, bar=reach),
            ]
        return Findings(figures=figures, rows=_rows(experiment, name, painted, drawn))

    return measured


def _shown(
    experiment: Experiment, draw: Draw, name: str
) -> tuple[list[Probe], list[Image.Image], list[Image.Image]]:
    """Questions, what the model paints, and what the font draws."""
    probes = draw_probes(draw, count=experiment.count, seed=experiment.recipe.seed)
    tasks = experiment.tasks(text_to_image(probe.prompt) for probe in probes)
    painted = list(load_images(experiment.images.generate(tasks, name)))
    side = experiment.engine.side
    drawn = [
        experiment.renderer.render(
            probe.scene, frame=(side, side), random=np.random.default_rng(seed)
        )
        for seed, probe in enumerate(probes)
    ]
    return probes, painted, drawn


def _grounds(probes: list[Probe], pictures: list[Image.Image]) -> list[bool]:
    """Whether the background has the colour that was asked for."""
    return [
        Plain(background_colour(picture)) == probe.scene.background
        for probe, picture in zip(probes, pictures, strict=True)
    ]


def _rows(
    experiment: Experiment,
    name: str,
    painted: list[Image.Image],
    drawn: list[Image.Image],
) -> list[Row]:
    return [
        experiment.kept(f"{name}, painted", painted),
        experiment.kept(f"{name}, drawn", drawn),
    ]


def _rebuilt(experiment: Experiment) -> Findings:
    shown = [example.picture() for example in experiment.examples()]
    again = reconstructed(experiment, shown, quantised=False)
    return Findings(figures=compare_images(shown, again, "reconstruction", barred=True))


def _timed(experiment: Experiment) -> Findings:
    return Findings(figures=[measure_speed(experiment)])


ASPECTS: Final[Mapping[str, Callable[[Experiment], Findings]]] = MappingProxyType(
    {
        "things": _things,
        "pairs": _alike(pair, "two things", 0.60),
        "counts": _alike(counted, "one to three", 0.60),
        "reconstruction": _rebuilt,
        "inpainting": measure_inpainting,
        "fusion": measure_fusion,
        "speed": _timed,
    }
)
"""The aspects that can be measured on their own."""
