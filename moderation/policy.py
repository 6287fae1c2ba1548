"""Policies: versioned thresholds that turn scores into outcomes."""

import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from moderation.errors import PolicyError
from moderation.language import Language
from moderation.policy_file import (
    CONCEPT_LIMIT,
    OLD_LIMIT,
    REQUIRED_TABLES,
    SAFETY,
    PolicyFile,
    Rules,
    lines,
)
from moderation.verdict import Category, Outcome, PolicyTable, Reason, Rule

__all__ = ["BUNDLED", "REQUIRED_TABLES", "SAFETY", "Policy", "Rules", "judge"]

BUNDLED: Final = ("balanced", "strict", "youth")
"""The names of the policies that ship with the package; the first is the default."""


def _nothing() -> Rules:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule for every category of prompts, of embeddings and of images.

    *joint* has rules for prompt and picture together, for some categories or none, and
    *languages* all the rules of `prompt` for texts in a language that has its own.
    *safety*, one of SAFETY, is how firmly generation is steered away from what is
    unsafe; *concept_limit*, a share in [0, 1], is how far an image embedding may go
    towards it before it is brought back, and None leaves all where they are.
    """

    version: str
    prompt: Rules
    embedding: Rules
    image: Rules
    joint: Rules = field(default_factory=_nothing)
    languages: Mapping[Language, Rules] = field(default_factory=dict)
    safety: str = "off"
    concept_limit: float | None = None

    def __post_init__(self) -> None:
        try:
            PolicyFile.checked(_document(self))
        except PolicyError as error:
            raise PolicyError(f"policy {self.version}: {error}") from error
        for language, rules in self.languages.items():
            if missing := [category for category in Category if category not in rules]:
                raise PolicyError(
                    f"policy {self.version}: [prompt.{language}]: no rule for"
                    f" {', '.join(missing)}"
                )

    def rules(self, gate: str, language: Language = "en") -> Rules:
        """The rules of *gate*, a table of the policy, for texts in *language*.

        Only those for prompts know languages. Unless the policy says otherwise, a
        person reads every prompt that is in neither English nor Russian.
        """
        if gate != "prompt":
            rules: Rules = getattr(self, gate)
            return rules
        if (own := self.languages.get(language)) is not None:
            return own
        return _guarded(self.prompt) if language == "other" else self.prompt

    @classmethod
    def named(cls, name: Path) -> Self:
        """The bundled policy called *name*, or the one in that file, or PolicyError."""
        return cls.bundled(str(name)) if str(name) in BUNDLED else cls.read(name)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The policy in the TOML file *path*, or PolicyError with a line per fault.

        A bundled policy that was changed needs a version of its own.
        """
        try:
            policy = cls.parse(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PolicyError(f"cannot read the policy {path}: {error}") from error
        for name in BUNDLED:
            ours = cls.bundled(name)
            if policy.version == ours.version and policy != ours:
                raise PolicyError(
                    f"version: {ours.version} is the bundled policy {name} with other"
                    " thresholds; give this one its own"
                )
        return policy

    @classmethod
    def bundled(cls, name: str = BUNDLED[0]) -> Self:
        """The policy *name* of BUNDLED, which ships with the package."""
        if name not in BUNDLED:
            known = ", ".join(BUNDLED)
            raise PolicyError(f"a bundled policy is one of {known}, got {name!r}")
        path = files("moderation") / f"policies/{name}.toml"
        return cls.parse(path.read_text("utf-8"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The policy in the TOML *text*, or PolicyError with a line per fault."""
        document = tomllib.loads(text)
        if OLD_LIMIT in document:
            warnings.warn(
                f"a policy's {OLD_LIMIT} is called {CONCEPT_LIMIT} now",
                FutureWarning,
                stacklevel=2,
            )
        file = PolicyFile.checked(document)
        prompt, embedding, image, joint = (
            MappingProxyType(file.rules(table)) for table in PolicyTable
        )
        bases = {"other": _guarded(prompt)}
        return cls(
            file.version,
            prompt=prompt,
            embedding=embedding,
            image=image,
            joint=joint,
            languages={
                language: MappingProxyType({**bases.get(language, prompt), **own})
                for language, own in file.languages.items()
            },
            safety=file.safety,
            concept_limit=file.concept_limit,
        )


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


def _guarded(prompt: Rules) -> Rules:
    """*prompt* for a language that nobody taught the classifiers: a person reads it."""
    refuse = prompt[Category.UNSAFE].refuse
    return MappingProxyType({**prompt, Category.UNSAFE: Rule(0.0, refuse)})


def _document(policy: Policy) -> dict[str, Any]:
    """*policy* as a file has it."""
    tables: dict[str, Any] = {t: lines(getattr(policy, t)) for t in PolicyTable}
    tables[PolicyTable.PROMPT] |= {
        language: lines(rules) for language, rules in policy.languages.items()
    }
    return tables | {
        "version": policy.version,
        "safety": policy.safety,
        CONCEPT_LIMIT: policy.concept_limit,
    }
