"""Every score of a job in bins, with the lines that its plan draws through them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.category_scores import CATEGORIES, LANGUAGES, columns
from datasets_cleaning.filters.joint_judged import joint
from datasets_cleaning.ledger import ONE, Ledger
from datasets_cleaning.plan import Plan
from moderation.policy import Rules

Values = NDArray[np.float64]

SUBJECTS: Final = ("caption", "detoxify", "image")
BINS: Final = 50

_PROBABILITIES: Final = np.linspace(0, 1, BINS + 1)
_EDGES: Final[Mapping[str, Values]] = {
    "similarity": np.linspace(-0.25, 0.75, BINS + 1),
    "aesthetics": np.linspace(0, 10, BINS + 1),
    "blur": np.geomspace(1, 1e5, BINS + 1),
    "shorter side": np.geomspace(16, 16384, BINS + 1),
    "longer side": np.geomspace(16, 16384, BINS + 1),
    "aspect ratio": np.geomspace(1, 32, BINS + 1),
    "caption length": np.geomspace(1, 10_000, BINS + 1),
}
_PLAIN: Final = ("similarity", "aesthetics", "blur")

_STEPS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "image_too_small": ("shorter side", "shorter_side", True),
    "image_too_large": ("longer side", "longer_side", False),
    "image_aspect": ("aspect ratio", "ratio", False),
    "caption_too_long": ("caption length", "characters", False),
    "blurred": ("blur", "sharpness", True),
    "unlike": ("similarity", "cosine", True),
    "plain": ("aesthetics", "aesthetics", True),
    "watermarked": ("watermark", "probability", False),
}
"""For a filter of a plan: its score, its key, whether what lies below is dropped."""


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold: where it stands, and what it says."""

    value: float
    says: str


@dataclass(slots=True, kw_only=True)
class Histogram:
    """How often a score fell into each bin between its *edges* [bins + 1].

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

        Of those that have the score: nobody knows of the others.
        """
        below = np.concatenate([[0], np.cumsum(self.counts)]) / self.counts.sum()
        kept: Values = 1 - below if self.drops_low else below
        return kept

    def facts(self) -> dict[str, Any]:
        """All of it, for a file."""
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
            own = [
                (name, step.values[key], low)
                for step in self.plan.steps
                for score, key, low in [_STEPS.get(step.name, ("", "", False))]
                if score == name and key in step.values
            ]
            bars = [Line(value, "least" if low else "most") for _, value, low in own]
            self.found[name] = Histogram(
                name=name,
                edges=_EDGES.get(name, _PROBABILITIES),
                drops_low=any(
                    low for name_, _, low in _STEPS.values() if name_ == name
                ),
                lines=bars or _policy_lines(self.plan, name),
            )
        return self.found[name]


def _scores(ledger: Ledger) -> Iterator[tuple[str, Values]]:
    """Every score's name with the values that are known [k]."""
    for subject in SUBJECTS:
        for column, category in zip(columns(subject), CATEGORIES, strict=True):
            if column in ledger:
                yield f"{subject} {category}", _known(ledger, column) / ONE
    yield from _joint(ledger)
    for name in _PLAIN:
        if name in ledger:
            yield name, _known(ledger, name)
    if "watermark" in ledger:
        yield "watermark", _known(ledger, "watermark") / ONE
    if "caption_length" in ledger:
        yield "caption length", _known(ledger, "caption_length")
    if "width" in ledger:
        sides = np.stack([_known(ledger, "width"), _known(ledger, "height")])
        yield "shorter side", sides.min(axis=0)
        yield "longer side", sides.max(axis=0)
        yield "aspect ratio", sides.max(axis=0) / sides.min(axis=0).clip(1)


def _joint(ledger: Ledger) -> Iterator[tuple[str, Values]]:
    if any(column in ledger for column in columns("image")):
        for own, category in zip(joint(ledger), CATEGORIES, strict=True):
            yield f"joint {category}", own[own >= 0] / ONE


def _known(ledger: Ledger, column: str) -> Values:
    return ledger.numbers(column)[ledger.known(column)].astype(np.float64)


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
