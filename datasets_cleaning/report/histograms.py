"""Every score of a job in bins, with the lines that its plan draws through them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.catalogue import catalogue
from datasets_cleaning.category_scores import CATEGORIES, LANGUAGES, columns
from datasets_cleaning.filter import Score, known
from datasets_cleaning.joint_scores import joint_scores
from datasets_cleaning.ledger import ONE, Ledger
from datasets_cleaning.plan import Plan
from moderation.policy import Rules

Values = NDArray[np.float64]

SUBJECTS: Final = ("caption", "detoxify", "image")
BINS: Final = 50

_PROBABILITIES: Final = np.linspace(0, 1, BINS + 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold: where it stands, and what it says."""

    value: float
    says: str


@dataclass(slots=True, kw_only=True)
class Histogram:
    """Counts of a score in the bins between its *edges* [bins + 1].

    What lies outside counts in the outermost bins. *drops_low* says on which side of a
    threshold pairs are dropped.
    """

    name: str
    edges: Values
    drops_low: bool = False
    lines: Sequence[Line] = ()
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))

    def add(self, values: Values) -> None:
        """Count *values* in."""
        places = np.searchsorted(self.edges, values, "right") - 1
        self.counts += np.bincount(places.clip(0, BINS - 1), minlength=BINS)

    def kept(self) -> Values:
        """The share of pairs that a threshold alone would keep at each edge [bins + 1].

        Of those that have the score.
        """
        below = np.concatenate([[0], np.cumsum(self.counts)]) / self.counts.sum()
        kept: Values = 1 - below if self.drops_low else below
        return kept

    def facts(self) -> dict[str, Any]:
        """All facts, for a file."""
        return {
            "name": self.name,
            "edges": [round(float(edge), 6) for edge in self.edges],
            "counts": self.counts.tolist(),
            "kept_at": [round(float(share), 6) for share in self.kept()],
            "drops": "low" if self.drops_low else "high",
            "thresholds": [
                {"value": line.value, "says": line.says} for line in self.lines
            ],
        }


@dataclass(slots=True)
class Histograms:
    """One for each score that some pair of a job by *plan* has."""

    plan: Plan
    found: dict[str, Histogram] = field(default_factory=dict)

    def add(self, ledger: Ledger) -> None:
        """Count the scores of *ledger* in."""
        for name, values in _scores(ledger):
            if len(values):
                self._of(name).add(values)

    def _of(self, name: str) -> Histogram:
        if name not in self.found:
            score = scores_by_name().get(name)
            self.found[name] = Histogram(
                name=name,
                edges=score.edges if score else _PROBABILITIES,
                drops_low=bool(score and score.drops_low),
                lines=_plan_lines(self.plan, name) or _policy_lines(self.plan, name),
            )
        return self.found[name]


@cache
def scores_by_name() -> Mapping[str, Score]:
    """The scores that filters of the catalogue cut, by their names."""
    return {each.score.name: each.score for each in catalogue().values() if each.score}


def _plan_lines(plan: Plan, name: str) -> list[Line]:
    """The threshold that the plan itself sets for the score *name*."""
    return [
        Line(
            float(getattr(each, each.score.threshold)),
            "least" if each.score.drops_low else "most",
        )
        for each in plan.steps
        if each.score is not None and each.score.name == name
    ]


def _scores(ledger: Ledger) -> Iterator[tuple[str, Values]]:
    """Every score's name with the values that are known [k]."""
    for subject in SUBJECTS:
        for column, category in zip(columns(subject), CATEGORIES, strict=True):
            if column in ledger:
                yield f"{subject} {category}", known(ledger, column) / ONE
    yield from _joint(ledger)
    for name, score in scores_by_name().items():
        yield name, score.values(ledger)


def _joint(ledger: Ledger) -> Iterator[tuple[str, Values]]:
    if any(column in ledger for column in columns("image")):
        for own, category in zip(joint_scores(ledger), CATEGORIES, strict=True):
            yield f"joint {category}", own[own >= 0] / ONE


def _policy_lines(plan: Plan, name: str) -> list[Line]:
    """The bars of the plan's policy for the score *name*, for languages together."""
    subject, _, category = name.partition(" ")
    rules: list[tuple[str, Rules]]
    if subject in {"caption", "detoxify"}:
        rules = [(each, plan.policy.rules("prompt", each)) for each in LANGUAGES]
    elif subject == "image":
        rules = [("", plan.policy.rules("image"))]
    elif subject == "joint":
        rules = [("", plan.policy.joint)]
    else:
        return []
    found: dict[tuple[float, str], list[str]] = {}
    for language, own in rules:
        for key, rule in own.items():
            if key == category:
                found.setdefault((rule.review, "review"), []).append(language)
                found.setdefault((rule.refuse, "refuse"), []).append(language)
    return [
        Line(value, says if len(who) == len(rules) else f"{says}: {', '.join(who)}")
        for (value, says), who in sorted(found.items())
        if 0 < value < 1  # at 1 a policy says «never», at 0 «always»
    ]
