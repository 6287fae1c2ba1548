"""Table 3: what the prior is worth."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from generation.evaluation.experiment import Trial
from generation.evaluation.fid import Reference, notes
from generation.evaluation.findings import Findings
from generation.evaluation.order import compared
from generation.evaluation.result import Result
from generation.recipe import PriorKind

SETUPS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "diffusion, quantised": {"prior": PriorKind.DIFFUSION, "quantised": True},
        "diffusion": {"prior": PriorKind.DIFFUSION, "quantised": False},
        "linear": {"prior": PriorKind.LINEAR, "quantised": False},
        "residual": {"prior": PriorKind.RESIDUAL, "quantised": False},
        "no prior": {"prior": PriorKind.NONE, "quantised": False},
    }
)
BY_FID: Final = ("linear", "residual", "diffusion, quantised", "diffusion", "no prior")
"""The paper's order: 8.03, 8.61, 9.86, 9.87, 25.92."""
BY_SCORE: Final = (
    "diffusion, quantised",
    "diffusion",
    "linear",
    "no prior",
    "residual",
)
"""The paper's order: 0.287, 0.286, 0.261, 0.256, 0.249."""


def ablation(trial: Trial) -> Result:
    """FID and CLIP score of every prior that the model has, for the same prompts."""
    has = trial.engine.pipeline.prior_pipeline.priors
    reference = Reference.of(trial)
    found = reference.drawn(trial) + Findings(notes=notes(trial))
    for name, changes in SETUPS.items():
        if changes["prior"] in has:
            found += reference.painted(trial, name, **changes)
        else:
            found += Findings(notes=(f"Not measured: this model has no {name} prior.",))
    return (found + Findings(notes=_orders(found))).result("ablation", trial.settings)


def _orders(found: Findings) -> list[str]:
    """Both orders beside the paper's."""
    said = []
    for measure, paper, less in (
        ("FID", BY_FID, True),
        ("CLIP score", BY_SCORE, False),
    ):
        figures = {f.of: f for f in found.figures if f.measure == measure}
        known = [name for name in paper if name in figures]
        order = compared(figures, known, less=less)
        said.append(f"{order.sentence(measure)} The paper's: {'; '.join(paper)}.")
    return said
