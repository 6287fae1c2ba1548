"""The format of a policy file, read by pydantic; every fault is told at once."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import ErrorDetails

from moderation.errors import PolicyError
from moderation.language import Language
from moderation.verdict import Category, PolicyTable, Rule

Rules = Mapping[Category, Rule]
Safety = Literal["off", "weak", "medium", "strong", "max"]

REQUIRED_TABLES: Final[Sequence[PolicyTable]] = (
    PolicyTable.PROMPT,
    PolicyTable.EMBEDDING,
    PolicyTable.IMAGE,
)
"""The tables that every policy has, with a rule for each category."""
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
SAFETY: Final[tuple[Safety, ...]] = get_args(Safety)
"""The strengths of steering away from what is unsafe during generation."""
CONCEPT_LIMIT: Final = "concept_limit"
OLD_LIMIT: Final = "away"
"""The spelling of that key up to version 0.1, which is read as well."""
LONGEST_VERSION: Final = 64

_WANTED: Final = "wants a line such as { review = 0.5, refuse = 0.9 }"
_NAME: Final = 'wants a name such as "house-1"'
_SHARE: Final = "is a number from 0 to 1"
_WANTS: Final[Mapping[str, str]] = {
    "version": _NAME,
    "safety": f"is one of {', '.join(SAFETY)}",
    CONCEPT_LIMIT: _SHARE,
    OLD_LIMIT: _SHARE,
}
_KEYS: Final = ("version", "safety", CONCEPT_LIMIT, *PolicyTable)


class Table(BaseModel):
    """A table of the file: nothing unknown, nothing converted, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Line(Table):
    """The two thresholds of one category."""

    review: float
    refuse: float

    @model_validator(mode="after")
    def _thresholds_are_in_order(self) -> Self:
        if not 0 <= self.review <= self.refuse <= 1:
            raise ValueError(
                f"need 0 <= review <= refuse <= 1, got {self.review} and {self.refuse}"
            )
        return self


def _printable(version: str) -> str:
    if not version.strip() or not version.isprintable():
        raise ValueError(f"{_NAME}, got {version!r}")
    if len(version) > LONGEST_VERSION:
        raise ValueError(
            f"has at most {LONGEST_VERSION} characters, this one has {len(version)}"
        )
    return version


class PolicyFile(Table):
    """A whole file; its tables, a field for each category, are those of `_COMPLETE`."""

    version: Annotated[str, AfterValidator(_printable)]
    safety: Safety = "off"
    concept_limit: Annotated[
        float | None,
        Field(ge=0, le=1, validation_alias=AliasChoices(CONCEPT_LIMIT, OLD_LIMIT)),
    ] = None

    @classmethod
    def checked(cls, document: Mapping[str, Any]) -> "PolicyFile":
        """The file that *document* is, or PolicyError with a line for each fault."""
        faults = list(_joint_faults(document))
        try:
            found = _COMPLETE.model_validate(document)
        except ValidationError as error:
            told = _told(error.errors(include_url=False))
            raise PolicyError("\n".join([*told, *faults])) from error
        if faults:
            raise PolicyError("\n".join(faults))
        return found

    def rules(self, table: PolicyTable) -> dict[Category, Rule]:
        """The rules of *table*; for prompts those of no language in particular."""
        return _rules(getattr(self, table))

    @property
    def languages(self) -> dict[Language, dict[Category, Rule]]:
        """The rules of prompts in each language that has some of its own."""
        prompt: Table = getattr(self, PolicyTable.PROMPT)
        found = {language: getattr(prompt, language) for language in LANGUAGES}
        return {lang: _rules(own) for lang, own in found.items() if own is not None}


_every_line: dict[str, Any] = {c.value: (Line, ...) for c in Category}
_some_lines: dict[str, Any] = {c.value: (Line | None, None) for c in Category}
_EVERY = create_model("_Every", __base__=Table, **_every_line)
_SOME = create_model("_Some", __base__=Table, **_some_lines)
_languages: dict[str, Any] = dict.fromkeys(LANGUAGES, (_SOME | None, None))
_tables: dict[str, Any] = {
    PolicyTable.PROMPT: (create_model("_Prompt", __base__=_EVERY, **_languages), ...),
    PolicyTable.EMBEDDING: (_EVERY, ...),
    PolicyTable.IMAGE: (_EVERY, ...),
    PolicyTable.JOINT: (_SOME, _SOME()),
}
_COMPLETE = create_model("PolicyFile", __base__=PolicyFile, **_tables)


def lines(rules: Rules) -> dict[str, dict[str, float]]:
    """*rules* as a document has them."""
    return {c.value: {"review": r.review, "refuse": r.refuse} for c, r in rules.items()}


def _rules(table: Table) -> dict[Category, Rule]:
    found = {category: getattr(table, category) for category in Category}
    return {c: Rule(line.review, line.refuse) for c, line in found.items() if line}


def _joint_faults(document: Mapping[str, Any]) -> Iterator[str]:
    """The joint thresholds that a prompt or a picture alone could reach first.

    Lines that are wrong by themselves are left out.
    """
    joint, prompt, image = (
        _sound_lines(document.get(table))
        for table in (PolicyTable.JOINT, PolicyTable.PROMPT, PolicyTable.IMAGE)
    )
    for category, line in joint.items():
        sides = [side[category] for side in (prompt, image) if category in side]
        for name in Line.model_fields:
            own = getattr(line, name)
            least = max((getattr(side, name) for side in sides), default=0.0)
            if own < least:
                yield (
                    f"[joint] {category}: {name} is at least that of [prompt] and"
                    f" [image], {least}, got {own}"
                )


def _sound_lines(table: Any) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for category in Category:
        try:
            found[category] = Line.model_validate(table[category])
        except (ValidationError, TypeError, KeyError):
            continue
    return found


def _told(faults: Sequence[ErrorDetails]) -> list[str]:
    """A line for each of pydantic's *faults*; what lacks in one place is one line."""
    told = []
    lacking: dict[str, list[str]] = {}
    misspelt: dict[str, list[str]] = {}
    for fault in faults:
        *above, key = map(str, fault["loc"])
        table = ".".join(above)
        if above and above[-1] in {*Category}:
            line = f"[{'.'.join(above[:-1])}] {above[-1]}: {_WANTED}"
            if fault["type"] in {"missing", "extra_forbidden"}:
                misspelt.setdefault(line, []).append(key)
            else:
                told.append(f"{line}: {key} is no number, got {fault['input']!r}")
        elif not above:
            told.append(_about_key(fault, key))
        elif fault["type"] == "missing":
            lacking.setdefault(table, []).append(key)
        elif fault["type"] == "extra_forbidden":
            told.append(_unknown(table, key, fault["input"]))
        else:
            told.append(_about_entry(fault, table, key))
    told += [f"{line}: look at {', '.join(sorted(k))}" for line, k in misspelt.items()]
    told += [f"[{table}]: no rule for {', '.join(c)}" for table, c in lacking.items()]
    return told


def _about_key(fault: ErrorDetails, key: str) -> str:
    """The line about one *key* of the file itself."""
    lacks = fault["type"] == "missing"
    if fault["type"] == "extra_forbidden":
        if key == OLD_LIMIT:
            return f"{key}: the old name of {CONCEPT_LIMIT}, which is there as well"
        return f"{key}: unknown{_meant(key, _KEYS, 'a policy has')}"
    if fault["type"] == "value_error":
        return f"{key}: {fault['ctx']['error']}"
    if key in {*PolicyTable}:
        return f"[{key}]: {'missing' if lacks else _no_table(fault)}"
    return f"{key}: {_WANTS[key]}, got {'none' if lacks else repr(fault['input'])}"


def _about_entry(fault: ErrorDetails, table: str, key: str) -> str:
    """The line about the rule, or the language, *key* of *table*."""
    if key in LANGUAGES:
        return f"[{table}.{key}]: {_no_table(fault)}"
    if fault["type"] == "value_error":
        return f"[{table}] {key}: {fault['ctx']['error']}"
    return f"[{table}] {key}: {_WANTED}, got {fault['input']!r}"


def _unknown(table: str, key: str, entry: Any) -> str:
    """The line about a *key* of *table* that is no category and no language."""
    if not isinstance(entry, dict) or {*entry} & {*Line.model_fields}:
        meant = _meant(key, [*Category], "a category is one of")
        return f"[{table}] {key}: unknown{meant}"
    if table != PolicyTable.PROMPT:
        return f"[{table}.{key}]: only [prompt] has languages"
    return f"[prompt.{key}]: unknown{_meant(key, LANGUAGES, 'a language is one of')}"


def _no_table(fault: ErrorDetails) -> str:
    return f"wants a table, got {fault['input']!r}"


def _meant(key: str, known: Sequence[str], otherwise: str) -> str:
    """A guess at what *key* misspells, or else all that is *known*."""
    close = get_close_matches(key, known, n=1)
    return (
        f"; did you mean {close[0]}?" if close else f", {otherwise} {', '.join(known)}"
    )
