"""A policy as its file spells it, with every fault of it named at once."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self, get_args

from moderation.errors import PolicyError
from moderation.text.language import Language
from moderation.verdict import Category, PolicyTable, Rule

Rules = Mapping[Category, Rule]

REQUIRED_TABLES: Final[Sequence[PolicyTable]] = (
    PolicyTable.PROMPT,
    PolicyTable.EMBEDDING,
    PolicyTable.IMAGE,
)
"""The tables that every policy has, with a rule for each category."""
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
SAFETY: Final = ("off", "weak", "medium", "strong", "max")
"""How firmly pictures are steered away from what is unsafe, while they are painted."""
LONGEST_VERSION: Final = 64

_KNOWN: Final = ("version", "safety", "away", *PolicyTable)
_RULE: Final = ("review", "refuse")
_WANTED: Final = "wants a line such as { review = 0.5, refuse = 0.9 }"


@dataclass(slots=True)
class Draft:
    """What a document says, as far as it can be understood, and what it gets wrong.

    *names* holds the categories that a table has a line for, even one that is wrong.
    """

    version: str = ""
    safety: str = "off"
    away: float | None = None
    tables: dict[str, dict[Category, Rule]] = field(default_factory=dict)
    languages: dict[Language, dict[Category, Rule]] = field(default_factory=dict)
    names: dict[str, set[Category]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> Self:
        """The draft that the TOML *text* spells out, without fault, or PolicyError.

        The error has a line for each fault.
        """
        draft = cls()
        draft._read(tomllib.loads(text))
        draft.problems += _crossed(draft)
        if draft.problems:
            raise PolicyError("\n".join(draft.problems))
        return draft

    def _read(self, document: Mapping[str, Any]) -> None:
        for key in sorted(set(document) - set(_KNOWN)):
            self._fault(f"{key}: unknown, a policy has {', '.join(_KNOWN)}")
        self.version = document.get("version", "")
        self.problems += version_faults(self.version)
        self.safety, self.away = document.get("safety", "off"), document.get("away")
        self.problems += steering_faults(self.safety, self.away)
        for gate in PolicyTable:
            if gate in document:
                self._read_table(gate, document[gate])
            elif gate in REQUIRED_TABLES:
                self._fault(f"[{gate}]: missing")

    def _read_table(self, gate: str, table: Any) -> None:
        if not isinstance(table, dict):
            return self._fault(f"[{gate}]: wants a table, got {table!r}")
        rules = dict(table)
        if gate == "prompt":
            for language in LANGUAGES:
                if language in rules:
                    self._read_language(language, rules.pop(language))
        self.tables[gate] = self._rules(gate, rules)
        if gate in REQUIRED_TABLES and (missing := _missing(self.names[gate])):
            self._fault(f"[{gate}]: no rule for {', '.join(missing)}")
        return None

    def _read_language(self, language: Language, table: Any) -> None:
        if not isinstance(table, dict):
            return self._fault(f"[prompt.{language}]: wants a table, got {table!r}")
        self.languages[language] = self._rules(f"prompt.{language}", table)
        return None

    def _rules(self, where: str, table: Mapping[str, Any]) -> dict[Category, Rule]:
        """The rules of *table* that can be understood; the rest are faults."""
        rules: dict[Category, Rule] = {}
        self.names[where] = set()
        for name, line in table.items():
            if name not in set(Category):
                self._fault(_unknown(where, name, line))
                continue
            self.names[where].add(Category(name))
            if fault := _misspelt(line):
                self._fault(f"[{where}] {name}: {fault}")
            else:
                rules[Category(name)] = Rule(
                    float(line["review"]), float(line["refuse"])
                )
        return rules

    def _fault(self, problem: str) -> None:
        self.problems.append(problem)


def version_faults(version: Any) -> Iterator[str]:
    """What is wrong with *version*, the name of a policy in the log."""
    if not isinstance(version, str) or not version.strip() or not version.isprintable():
        yield f'version: wants a name such as "house-1", got {version!r}'
    elif len(version) > LONGEST_VERSION:
        yield (
            f"version: has at most {LONGEST_VERSION} characters, this one has"
            f" {len(version)}"
        )


def steering_faults(safety: Any, away: Any) -> Iterator[str]:
    """What is wrong with how pictures are steered."""
    if safety not in SAFETY:
        yield f"safety: is one of {', '.join(SAFETY)}, got {safety!r}"
    if away is not None and not (_is_number(away) and 0 <= away <= 1):
        yield f"away: is a number from 0 to 1, got {away!r}"


def table_faults(where: str, rules: Rules) -> Iterator[str]:
    """The thresholds of *rules* that cross each other or leave [0, 1]."""
    for category, rule in rules.items():
        if not 0 <= rule.review <= rule.refuse <= 1:
            yield (
                f"[{where}] {category}: need 0 <= review <= refuse <= 1,"
                f" got {rule.review} and {rule.refuse}"
            )


def joint_faults(joint: Rules, prompt: Rules, image: Rules) -> Iterator[str]:
    """The *joint* thresholds that one side alone could reach and be allowed for it."""
    for category, rule in joint.items():
        sides = [side[category] for side in (prompt, image) if category in side]
        for name in _RULE:
            own, least = (
                getattr(rule, name),
                max((getattr(side, name) for side in sides), default=0.0),
            )
            if own < least:
                yield (
                    f"[joint] {category}: {name} is at least that of [prompt] and"
                    f" [image], {least}, got {own}"
                )


def _crossed(draft: Draft) -> Iterator[str]:
    for gate, rules in draft.tables.items():
        yield from table_faults(gate, rules)
    for language, rules in draft.languages.items():
        yield from table_faults(f"prompt.{language}", rules)
    nothing: Rules = MappingProxyType({})
    joint, prompt, image = (
        draft.tables.get(table, nothing)
        for table in (PolicyTable.JOINT, PolicyTable.PROMPT, PolicyTable.IMAGE)
    )
    yield from joint_faults(joint, prompt, image)


def _missing(names: set[Category]) -> list[str]:
    return [category.value for category in Category if category not in names]


def _unknown(where: str, name: str, line: Any) -> str:
    known = ", ".join(Category)
    if not isinstance(line, dict) or set(line) & set(_RULE):
        return f"[{where}] {name}: unknown, a category is one of {known}"
    if where != "prompt":
        return f"[{where}.{name}]: only [prompt] has languages"
    return f"[prompt.{name}]: unknown, a language is one of {', '.join(LANGUAGES)}"


def _misspelt(line: Any) -> str | None:
    """What keeps *line* from being a rule, whatever its numbers are."""
    if not isinstance(line, dict):
        return f"{_WANTED}, got {line!r}"
    if wrong := sorted({*_RULE} ^ {*line}):
        return f"{_WANTED}: look at {', '.join(wrong)}"
    if wrong := [name for name in _RULE if not _is_number(line[name])]:
        return f"{_WANTED}: {wrong[0]} is no number, got {line[wrong[0]]!r}"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
