"""Whether our figures come in the order that the paper found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from generation.evaluation.result import Figure


@dataclass(frozen=True, slots=True)
class Order:
    """Pairs of set-ups, the one that the paper found to be better first.

    In *same* we find so too, in *turned* the other way round, and in *unclear* the
    intervals overlap: our pictures are too few to tell.
    """

    same: tuple[tuple[str, str], ...]
    turned: tuple[tuple[str, str], ...]
    unclear: tuple[tuple[str, str], ...]

    def sentence(self, measure: str) -> str:
        """This in words."""
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


def compared(
    figures: Mapping[str, Figure], paper: Sequence[str], *, less: bool
) -> Order:
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
    return Order(tuple(same), tuple(turned), tuple(unclear))
