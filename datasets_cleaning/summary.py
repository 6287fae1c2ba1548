"""The sums of a run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

DAMAGES: Final = frozenset(
    {"structure:cut_short", "structure:damaged", "structure:trailing_data"}
)
"""The reasons that concern a whole tar: more may be missing than is known of."""

DONE, NOTHING, PARTLY = 0, 2, 3
"""Exit codes of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Sums of the shards and of the pairs in them.

    *judged* shards were judged in this run or before, *fresh* ones in this. *failed*
    ones by their names with the last problem, *changed* are those whose contents were
    others in an earlier run, *damaged* those that may have lost more than is known of.
    *stopped* says why the run ended early.
    """

    shards: int
    judged: int
    fresh: int
    written: int | None = None
    kept: int = 0
    tallies: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    problems: int = 0
    stopped: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def pairs(self) -> int:
        """Every pair: kept or dropped, for one reason each."""
        return self.kept + Counter(self.tallies).total()

    @property
    def exit_code(self) -> int:
        """`DONE`, `NOTHING` or `PARTLY`."""
        if not self.judged:
            return NOTHING
        return PARTLY if self.failed or self.damaged or self.stopped else DONE

    def facts(self) -> dict[str, Any]:
        """All facts, for a file or a table."""
        return {**asdict(self), "pairs": self.pairs, "exit_code": self.exit_code}
