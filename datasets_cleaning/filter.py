"""Filter: one class for each kind of reason to drop a pair, with all known of it.

The catalogue, plans, reports, the command line's list and the table in docs/cleaning.md
are made from these classes, so a new one is a single file in `filters/`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr, model_validator

from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.protocols import Codes, Cost, Measure, Subject
from datasets_cleaning.reasons import NOT_JUDGED
from datasets_cleaning.tables import Table
from moderation.policy import Policy, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A number of each pair that a threshold cuts, for the histograms of a report.

    *values* are those known in a ledger [k], *edges* the bins' [bins + 1]. *threshold*
    names the field of the filter; *drops_low* says that pairs below it are dropped.
    """

    name: str
    values: Callable[[Ledger], NDArray[np.float64]]
    edges: NDArray[np.float64]
    threshold: str
    drops_low: bool


class Filter(Table, ABC):
    """One kind of reason to drop a pair; the fields are the thresholds of a plan.

    A threshold has no default, for a plan that leaves it out would mean another one
    whenever the default changes; only switches such as *optional* have.

    *key* is its name in a plan and, unless *reasons* says otherwise, its only reason;
    *old_keys* are names in older plans. *meanings* has a sentence for each reason, or
    for the part before the colon of several. *reads* are the columns of the ledger that
    it looks at. Among equal *cost* the order of the plan holds.
    """

    key: ClassVar[str]
    old_keys: ClassVar[tuple[str, ...]] = ()
    meanings: ClassVar[Mapping[str, str]]
    subject: ClassVar[Subject]
    cost: ClassVar[Cost]
    reads: ClassVar[frozenset[str]]
    reasons: ClassVar[tuple[str, ...]]
    borderline: ClassVar[frozenset[str]] = frozenset()
    score: ClassVar[Score | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the key be the only reason of a class that names none."""
        super().__init_subclass__(**kwargs)
        if "key" in vars(cls) and "reasons" not in vars(cls):
            cls.reasons = (cls.key,)

    @model_validator(mode="before")
    @classmethod
    def _thresholds(cls, table: Any) -> Any:
        """The *table* of a plan without the key that chose this class."""
        if isinstance(table, dict):
            return {name: value for name, value in table.items() if name != "name"}
        return table

    @classmethod
    def measures(cls, loaded: LoadedClassifiers, policy: Policy) -> Sequence[Measure]:
        """Measures for its sake alone; ClassifierUnavailable for missing models."""
        return ()

    @classmethod
    def available(cls, classifiers: Classifiers) -> bool:
        """True if *classifiers* suffice for its measures."""
        return True

    @property
    def required(self) -> frozenset[str]:
        """Columns without which a row is not judged.

        Fewer than *reads* where it depends on the job which columns there are: such a
        filter says itself, by `NOT_JUDGED`, of which rows it cannot tell.
        """
        return self.reads

    def under(self, policy: Policy) -> Self:  # noqa: ARG002  # for those with rules
        """The filter with the rules that *policy* has for it."""
        return self

    def parts(self) -> Sequence["Filter"]:
        """Filters that decide at different costs; itself alone, usually."""
        return (self,)

    @abstractmethod
    def decide(self, ledger: Ledger, /) -> Codes:
        """For each row 0, or 1 + the place of a reason among *reasons* [n]."""

    def not_judged_where(self, missing: NDArray[np.bool_], codes: Codes) -> Codes:
        """*codes* with `NOT_JUDGED` where something is *missing* [n]."""
        not_judged = 1 + self.reasons.index(NOT_JUDGED)
        return np.where(missing, np.uint8(not_judged), codes).astype(np.uint8)


class PolicyFilter(Filter):
    """A filter whose thresholds are the rules of a policy, put in by `under`."""

    _rules: tuple[Rules, ...] = PrivateAttr(default=())

    def ruled(self, *rules: Rules) -> Self:
        """The same filter with these *rules*."""
        made = self.model_copy()
        made._rules = rules  # noqa: SLF001  # of the same class
        return made

    @property
    def rules(self) -> tuple[Rules, ...]:
        """Its rules; ValueError where no policy has been put in."""
        if not self._rules:
            raise ValueError(f"{self.key} decides under a policy only")
        return self._rules


def known(ledger: Ledger, column: str) -> NDArray[np.float64]:
    """Values of a *column* of numbers that are known [k]; none without the column."""
    if column not in ledger:
        return np.empty(0)
    return ledger.numbers(column)[ledger.known(column)].astype(np.float64)
