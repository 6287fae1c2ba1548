"""Shares that were counted, with the interval in which the true one may lie."""

from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True, slots=True)
class Share:
    """*count* cases among *of*."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share as counted, 0 to 1; 0 of none."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Wilson 1927, [0, 1] of none.

        It holds for few cases and for shares near 0 and 1, too.
        """
        if not self.of:
            return 0.0, 1.0
        low, high = binomtest(self.count, self.of).proportion_ci(method="wilson")
        # what was counted lies inside, whatever the last digit says
        return min(float(low), self.value), max(float(high), self.value)
