"""Table 3 of the paper: the priors compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Any, Final

from generation.evaluation.experiment import Experiment
from generation.evaluation.fid import Reference, notes
from generation.evaluation.result import Figure, Findings, Result
from generation.recipe import PriorKind


@dataclass(frozen=True, slots=True)
class Ranking:
    """Pairs of set-ups, the one that is better in the paper first.

    Our figures agree in *same* and disagree in *turned*; in *unclear* the intervals
    overlap: our pictures are too few to tell.
    """

    same: tuple[tuple[str, str], ...]
    turned: tuple[tuple[str, str], ...]
    unclear: tuple[tuple[str, str], ...]

    def sentence(self, measure: str) -> str:
        """A sentence on the three groups, for the *measure*."""
        pairs = len(self.same) + len(self.turned) + len(self.unclear)
        said = [
            (
                f"By {measure}, {len(self.same)} of {pairs} pairs of priors come in the"
                f" paper's order, {len(self.turned)} in the opposite one, and for"
                f" {len(self.unclear)} the intervals overlap."
            )
        ]
        for name, found in (("Opposite", self.turned), ("Overlap", self.unclear)):
            if found:
                pairs_said = "; ".join(f"{one} and {other}" for one, other in found)
                said.append(f"{name}: {pairs_said}.")
        return " ".join(said)


def compare_ranking(
    figures: Mapping[str, Figure], paper: Sequence[str], *, less: bool
) -> Ranking:
    """The *figures* by set-up beside the order of the *paper*, best first.

    With *less*, small values are better.
    """
    same, turned, unclear = [], [], []
    for pair in combinations(paper, 2):
        better, worse = figures[pair[0]], figures[pair[1]]
        if better.interval.meets(worse.interval):
            unclear.append(pair)
        elif (better.value < worse.value) == less:
            same.append(pair)
        else:
            turned.append(pair)
    return Ranking(tuple(same), tuple(turned), tuple(unclear))


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


def ablation(experiment: Experiment) -> Result:
    """FID and CLIP score of every prior that the model has, for the same prompts."""
    has = experiment.engine.pipeline.prior_pipeline.priors
    reference = Reference.of(experiment)
    found = reference.drawn(experiment) + Findings(notes=notes(experiment))
    for name, changes in SETUPS.items():
        if changes["prior"] in has:
            found += reference.painted(experiment, name, **changes)
        else:
            found += Findings(notes=(f"Not measured: this model has no {name} prior.",))
    return (found + Findings(notes=_orders(found))).result(
        "ablation", experiment.settings
    )


def _orders(found: Findings) -> list[str]:
    """Notes on both rankings beside the paper's."""
    said = []
    for measure, paper, less in (
        ("FID", BY_FID, True),
        ("CLIP score", BY_SCORE, False),
    ):
        figures = {f.of: f for f in found.figures if f.measure == measure}
        known = [name for name in paper if name in figures]
        ranking = compare_ranking(figures, known, less=less)
        said.append(f"{ranking.sentence(measure)} The paper's: {'; '.join(paper)}.")
    return said
