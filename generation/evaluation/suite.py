"""The suite: all parts of an evaluation, resumed where it was stopped."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from generation.evaluation.ablation import ablation
from generation.evaluation.cat_prior import cat_prior
from generation.evaluation.experiment import Experiment
from generation.evaluation.fid import fid
from generation.evaluation.prompt_adherence import prompt_adherence
from generation.evaluation.reconstruction import reconstruction
from generation.evaluation.result import Result

CAT: Final = "cat"

Parts = Mapping[str, Callable[[Experiment], Result]]
"""The measurement of each part, by its name."""


def parts(only: tuple[str, ...]) -> Parts:
    """All parts; of prompt adherence *only* some aspects, or all."""
    return MappingProxyType(
        {
            "prompt-adherence": lambda experiment: prompt_adherence(experiment, only),
            "fid": fid,
            "ablation": ablation,
            "reconstruction": reconstruction,
            "cat-prior": lambda experiment: cat_prior(experiment, CAT),
        }
    )


def reported(
    experiment: Experiment, measures: Parts, settings: Mapping[str, Any]
) -> list[Result]:
    """The results of all *measures*.

    What lies in the trial's folder, measured with the same *settings* and those of
    the trial, is not repeated.
    """
    experiment.folder.mkdir(parents=True, exist_ok=True)
    wanted = {**experiment.settings, **settings}
    results = []
    for name, measure in measures.items():
        file = experiment.folder / f"{name}.json"
        result = _kept(file, wanted)
        if result is None:
            result = measure(experiment)
            result.write(file)
        results.append(result)
    return results


def _kept(file: Path, wanted: Mapping[str, Any]) -> Result | None:
    """The result in *file*, if it was measured as is *wanted* now."""
    if not file.is_file():
        return None
    result = Result.read(file)
    same = all(
        result.settings.get(name, value) == value for name, value in wanted.items()
    )
    return result if same else None
