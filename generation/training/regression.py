"""How two sets of numbers vary together, gathered in one pass over their pairs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import torch
from torch import Tensor

SMALLEST_DEVIATION: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Moments:
    """Means over all pairs of x [n] and y [m], float64.

    *xx* [n, n] and *xy* [n, m] are covariances, *x_std* and *y_std* the deviations of
    each number.
    """

    x_mean: Tensor
    y_mean: Tensor
    x_std: Tensor
    y_std: Tensor
    xx: Tensor
    xy: Tensor

    @classmethod
    def of(cls, batches: Iterable[tuple[Tensor, Tensor]]) -> Self:
        """Of the pairs x [k, n] and y [k, m] in all *batches*, none of them kept."""
        count, x_sum, y_sum, xx, xy, yy = (torch.zeros(()).double() for _ in range(6))
        for x, y in ((x.double(), y.double()) for x, y in batches):
            count = count + len(x)
            x_sum, y_sum = x_sum + x.sum(dim=0), y_sum + y.sum(dim=0)
            xx, xy, yy = xx + x.T @ x, xy + x.T @ y, yy + y.square().sum(dim=0)
        x_mean, y_mean = x_sum / count, y_sum / count
        x_variance = xx.diagonal() / count - x_mean.square()
        return cls(
            x_mean=x_mean,
            y_mean=y_mean,
            x_std=_deviation(x_variance),
            y_std=_deviation(yy / count - y_mean.square()),
            xx=xx / count - x_mean.outer(x_mean),
            xy=xy / count - x_mean.outer(y_mean),
        )

    def regression(self, ridge: float) -> Tensor:
        """The matrix [n, m] from x to y, both standardised, by least squares.

        *ridge* is added to the variance of each x, which is one (Hoerl, Kennard 1970,
        equation 2.1).
        """
        correlations = self.xx / self.x_std.outer(self.x_std)
        penalty = ridge * torch.eye(len(correlations)).double()
        told = self.xy / self.x_std.outer(self.y_std)
        matrix: Tensor = torch.linalg.solve(correlations + penalty, told)
        return matrix


def _deviation(variance: Tensor) -> Tensor:
    return variance.clamp(min=SMALLEST_DEVIATION**2).sqrt()
