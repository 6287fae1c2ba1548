"""A plan as its file spells it, with every fault of it named at once."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from datasets_cleaning.errors import PlanError
from datasets_cleaning.filters.catalogue import CATALOGUE, Problem, flag, number, whole
from moderation.errors import PolicyError
from moderation.policy import BUNDLED as POLICIES
from moderation.policy import Policy

LONGEST_VERSION: Final = 64

_KNOWN: Final = (
    "version",
    "policy",
    "score_all",
    "captions_only",
    "filter",
    "duplicates",
)
_DUPLICATES: Final[Mapping[str, Callable[[Any], Problem]]] = {
    "exact": flag,
    "near": lambda value: whole(0)(value) or number(0, 31)(value),
    "quality": lambda value: whole(0)(value) or number(0, 100)(value),
    "alike": number(0, 1),
}
_JUDGING: Final = ("caption_judged", "image_judged")
"""No plan goes without these: what nobody has judged is not kept."""


@dataclass(frozen=True, slots=True)
class ShardProgress:
    """A filter's *name* in the catalogue and what the plan tells it."""

    name: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class Draft:
    """What a document says, as far as it can be understood, and what it gets wrong.

    *inlined* is the text of a policy that lies in a file of its own.
    """

    version: str = ""
    policy: Policy = field(default_factory=Policy.bundled)
    inlined: Mapping[str, Any] | None = None
    steps: list[ShardProgress] = field(default_factory=list)
    duplicates: Mapping[str, Any] = field(default_factory=dict)
    score_all: bool = False
    captions_only: bool = False
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, document: Mapping[str, Any], folder: Path | None) -> Self:
        """The draft of *document* without fault, or PlanError with a line for each."""
        draft = cls()
        draft._read(document, folder)
        draft.problems += draft._contradictions()
        if draft.problems:
            raise PlanError("\n".join(draft.problems))
        return draft

    def _read(self, document: Mapping[str, Any], folder: Path | None) -> None:
        for key in sorted(set(document) - set(_KNOWN)):
            self.problems.append(f"{key}: unknown, a plan has {', '.join(_KNOWN)}")
        version = document.get("version", "")
        if not isinstance(version, str) or not 0 < len(version) <= LONGEST_VERSION:
            self.problems.append(
                f"version: has 1 to {LONGEST_VERSION} characters, got {version!r}"
            )
        self.version = str(version)
        for name in ("score_all", "captions_only"):
            value = document.get(name, False)
            if problem := flag(value):
                self.problems.append(f"{name}: {problem}, got {value!r}")
            setattr(self, name, value is True)
        self._read_policy(document.get("policy", POLICIES[0]), folder)
        self._read_filters(document.get("filter", []))
        self._read_duplicates(document.get("duplicates", {}))

    def _read_policy(self, named: Any, folder: Path | None) -> None:
        """A bundled name, a file beside the plan, or a table in it."""
        try:
            if isinstance(named, Mapping):
                self.policy = Policy.parse(toml(named))
            elif not isinstance(named, str):
                self.problems.append(f"policy: is a name or a table, got {named!r}")
            elif named in POLICIES:
                self.policy = Policy.bundled(named)
            elif folder is None:
                known = ", ".join(POLICIES)
                self.problems.append(f"policy: is one of {known}, got {named!r}")
            else:
                self.policy = Policy.read(folder / named)
                self.inlined = tomllib.loads((folder / named).read_text("utf-8"))
        except PolicyError as error:
            self.problems += [f"policy: {line}" for line in str(error).splitlines()]

    def _read_filters(self, tables: Any) -> None:
        if not isinstance(tables, list):
            self.problems.append(f"filter: is written as [[filter]], got {tables!r}")
            return
        for table in tables:
            values = dict(table) if isinstance(table, Mapping) else {}
            name = values.pop("name", None)
            if not isinstance(name, str) or name not in CATALOGUE:
                known = ", ".join(CATALOGUE)
                self.problems.append(f"filter: a name is one of {known}, got {name!r}")
                continue
            if any(step.name == name for step in self.steps):
                self.problems.append(f"filter {name}: stands there twice")
                continue
            self.steps.append(ShardProgress(name, values))
            kind = CATALOGUE[name]
            missing = [key for key in kind.keys if key not in {*values, *kind.optional}]
            self.problems += [f"filter {name}: lacks {key}" for key in missing]
            self.problems += _faults(f"filter {name}", values, kind.keys)

    def _read_duplicates(self, table: Any) -> None:
        if not isinstance(table, Mapping):
            self.problems.append(f"duplicates: is written as a table, got {table!r}")
            return
        self.duplicates = table
        self.problems += _faults("duplicates", table, _DUPLICATES)

    def _contradictions(self) -> Iterator[str]:
        """What the parts say of each other."""
        given = {step.name: step.values for step in self.steps}
        judging = _JUDGING[:1] if self.captions_only else _JUDGING
        if missing := [name for name in judging if name not in given]:
            yield f"filter: what nobody judges is not kept, add {', '.join(missing)}"
        if self.captions_only:
            seeing = [name for name in given if not CATALOGUE[name].of_captions]
            if seeing or self.duplicates:
                named = ", ".join(
                    [*seeing, *(["duplicates"] if self.duplicates else [])]
                )
                yield f"captions_only: nobody looks at a picture, take out {named}"
        least = given.get("image_too_small", {}).get("shorter_side")
        most = given.get("image_too_large", {}).get("longer_side")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield (
                f"filter: image_too_small wants {least} pixels of the shorter side,"
                f" image_too_large allows {most} of the longer: nothing would be kept"
            )

    def text(self, text: str, document: Mapping[str, Any]) -> str:
        """*text*, or *document* with the policy that it names by its file."""
        if self.inlined is None:
            return text
        return toml({**document, "policy": self.inlined})


def toml(document: Mapping[str, Any]) -> str:
    """*document* as TOML, a line for each key of its own."""
    return "".join(f"{json.dumps(k)} = {_value(v)}\n" for k, v in document.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(k)} = {_value(v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _faults(
    where: str,
    values: Mapping[str, Any],
    checks: Mapping[str, Callable[[Any], Problem]],
) -> Iterator[str]:
    for key, value in values.items():
        if (check := checks.get(key)) is None:
            known = ", ".join(checks) or "nothing"
            yield f"{where}: {key} is unknown, it takes {known}"
        elif problem := check(value):
            yield f"{where}: {key} {problem}, got {value!r}"
