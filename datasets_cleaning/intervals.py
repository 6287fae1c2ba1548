"""How far a share that was counted may lie from the true one."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

NORMAL: Final = 1.959964
"""Standard deviations on either side that hold 95 % of a normal distribution."""


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
        """Where the true share lies, in 19 of 20 cases: Wilson 1927.

        It holds for few cases and for shares near 0 and 1, too.
        """
        if not self.of:
            return 0.0, 1.0
        spread = NORMAL**2 / self.of
        middle = self.value + spread / 2
        half = NORMAL * sqrt(
            self.value * (1 - self.value) / self.of + spread / (4 * self.of)
        )
        return (
            max(0.0, (middle - half) / (1 + spread)) if self.count else 0.0,
            min(1.0, (middle + half) / (1 + spread)) if self.count < self.of else 1.0,
        )
