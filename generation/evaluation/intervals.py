"""How far a figure may be off by chance: 95 % intervals."""

from math import sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

Z: Final = 1.959964  # 95 % of a normal distribution lie within so many deviations
RESAMPLES: Final = 1000
TAILS: Final = (2.5, 97.5)


class Interval(NamedTuple):
    """From *low* to *high*, both included."""

    low: float
    high: float

    def meets(self, other: "Interval") -> bool:
        """Whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high


def wilson(hits: int, count: int) -> Interval:
    """Where a share may lie that was *hits* of *count*, which is at least one.

    Wilson 1927; unlike the usual interval it stays within 0 and 1.
    """
    share, spread = hits / count, Z * Z / count
    centre = (share + spread / 2) / (1 + spread)
    reach = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    return Interval(max(0.0, centre - reach), min(1.0, centre + reach))


def bootstrap(values: Values, *, seed: int = 0) -> Interval:
    """Where the mean of *values* [n] may lie, by drawing them again (Efron 1979)."""
    random = np.random.default_rng(seed)
    count = len(values)
    means = [
        values[random.integers(count, size=count)].mean() for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(means, TAILS)
    return Interval(float(low), float(high))
