"""The sums of a job."""

from collections import Counter
from dataclasses import dataclass, field

from datasets_cleaning.record import Decision


@dataclass(slots=True)
class Summary:
    """How many records were seen and kept, and why the others were not."""

    kept: int = 0
    drops: Counter[str] = field(default_factory=Counter)

    @property
    def seen(self) -> int:
        """Every record: kept or dropped, for one reason each."""
        return self.kept + self.drops.total()

    def add(self, decision: Decision) -> None:
        """Count *decision*."""
        if decision.drop is None:
            self.kept += 1
        else:
            self.drops[decision.drop.reason] += 1
