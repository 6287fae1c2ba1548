"""Turn scores into an outcome. Pure, total and versioned."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from moderation.errors import PolicyError
from moderation.verdict import Category, Outcome, Reason, Rule

Rules = Mapping[Category, Rule]

GATES: Final = ("prompt", "embedding", "image")
SAFETY: Final = ("off", "weak", "medium", "strong", "max")
"""How firmly pictures are steered away from what is unsafe, while they are painted."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule for every category, at each of the three gates.

    *safety* is a step of SAFETY for whatever paints under this policy.
    """

    version: str
    prompt: Rules
    embedding: Rules
    image: Rules
    safety: str = "off"

    def __post_init__(self) -> None:
        if self.safety not in SAFETY:
            raise PolicyError(
                f"policy {self.version}: safety is one of {', '.join(SAFETY)},"
                f" got {self.safety!r}"
            )
        for gate in GATES:
            _check(self.version, gate, getattr(self, gate))

    @classmethod
    def read(cls, path: Path) -> Self:
        """The policy in the TOML file *path*, or PolicyError naming what is wrong."""
        try:
            return cls.parse(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PolicyError(f"cannot read the policy {path}: {error}") from error

    @classmethod
    def bundled(cls) -> Self:
        """The policy that ships with the package."""
        return cls.parse((files("moderation") / "policies/balanced.toml").read_text())

    @classmethod
    def parse(cls, text: str) -> Self:
        """The policy that the TOML *text* spells out."""
        document = tomllib.loads(text)
        safety = document.pop("safety", "off")
        if wrong := {"version", *GATES} ^ set(document):
            raise PolicyError(
                f"a policy has version, {', '.join(GATES)} and perhaps safety:"
                f" look at {sorted(wrong)}"
            )
        version = str(document["version"])
        rules = {gate: _rules(gate, document[gate]) for gate in GATES}
        return cls(version, **rules, safety=safety)


def judge(rules: Rules, scores: Mapping[Category, float]) -> tuple[Reason, ...]:
    """The *scores* that crossed a threshold of *rules*, worst first.

    Raises PolicyError when there is no score at all: silence must not pass.
    """
    if not scores:
        raise PolicyError("no classifier gave a score")
    reasons = []
    for category, score in scores.items():
        rule = rules[category]
        if score >= rule.refuse:
            reasons.append(Reason(category, score, rule.refuse, Outcome.REFUSE))
        elif score >= rule.review:
            reasons.append(Reason(category, score, rule.review, Outcome.REVIEW))
    return tuple(sorted(reasons, key=lambda r: (r.outcome, r.score), reverse=True))


def _rules(gate: str, table: Mapping[str, Mapping[str, float]]) -> Rules:
    try:
        rules = {
            Category(name): Rule(float(rule["review"]), float(rule["refuse"]))
            for name, rule in table.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PolicyError(
            f"[{gate}] wants lines such as `hate = {{ review = 0.5, refuse = 0.9 }}`,"
            f" each with a known category: {error}"
        ) from error
    return MappingProxyType(rules)


def _check(version: str, gate: str, rules: Rules) -> None:
    if missing := [category.value for category in Category if category not in rules]:
        raise PolicyError(f"policy {version} has no [{gate}] rule for {missing}")
    for category, rule in rules.items():
        if not 0 <= rule.review <= rule.refuse <= 1:
            raise PolicyError(
                f"policy {version}, [{gate}] {category}: need"
                f" 0 <= review <= refuse <= 1, got {rule.review} and {rule.refuse}"
            )
