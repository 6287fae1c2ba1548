"""The parts of an evaluation, and a report that goes on where it was stopped."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from generation.evaluation.ablation import ablation
from generation.evaluation.cat_prior import cat_prior
from generation.evaluation.experiment import Trial
from generation.evaluation.fid import fid
from generation.evaluation.prompt_adherence import listening
from generation.evaluation.reconstruction import reconstruction
from generation.evaluation.result import Result

CAT: Final = "cat"

Parts = Mapping[str, Callable[[Trial], Result]]
"""How each part is measured, by its name."""


def parts(only: tuple[str, ...]) -> Parts:
    """All of them; of listening *only* some, or all."""
    return MappingProxyType(
        {
            "listening": lambda trial: listening(trial, only),
            "fid": fid,
            "ablation": ablation,
            "reconstruction": reconstruction,
            "cat-prior": lambda trial: cat_prior(trial, CAT),
        }
    )


def reported(
    trial: Trial, measures: Parts, settings: Mapping[str, Any]
) -> list[Result]:
    """The results of all *measures*.

    What lies in the trial's folder, measured with the same *settings* and those of
    the trial, is not repeated.
    """
    trial.folder.mkdir(parents=True, exist_ok=True)
    wanted = {**trial.settings, **settings}
    results = []
    for name, measure in measures.items():
        file = trial.folder / f"{name}.json"
        result = _kept(file, wanted)
        if result is None:
            result = measure(trial)
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
