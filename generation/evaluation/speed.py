"""How long one picture takes."""

from time import perf_counter
from typing import Final

import torch

from generation.evaluation.experiment import Trial
from generation.evaluation.probes import lone, questions
from generation.evaluation.result import Figure, mean
from generation.regimes import text_to_image

PICTURES: Final = 5
SECONDS: Final = 3.0  # what a picture should take on two cores


def seconds(trial: Trial) -> Figure:
    """One picture at a time, at the model's own steps; the first is not counted."""
    asked = questions(lone, count=PICTURES + 1, seed=trial.recipe.seed)
    took = []
    for question in asked:
        began = perf_counter()
        regime = text_to_image(question.prompt)
        request = trial.engine.run_prior(regime, trial.engine.defaults)
        trial.engine.run_decoder(request, lambda _done, _steps: None)
        took.append(perf_counter() - began)
    return mean(
        took[1:],
        of=f"a picture alone, {trial.engine.defaults.steps} steps,"
        f" {torch.get_num_threads()} threads",
        measure="seconds",
        unit="s",
        bar=SECONDS,
        less=True,
    )
