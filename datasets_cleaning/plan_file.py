"""A cleaning plan as its file spells it, read by pydantic, all faults told at once."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AliasChoices, Field

from datasets_cleaning.catalogue import catalogue, old_keys
from datasets_cleaning.errors import PlanError
from datasets_cleaning.filter import Filter
from datasets_cleaning.protocols import Subject
from datasets_cleaning.tables import Table, guess, read_table
from moderation.errors import PolicyError
from moderation.policy import BUNDLED as POLICIES
from moderation.policy import Policy

_JUDGING: Final = ("caption_judged", "image_judged")
"""Filters that no plan goes without: unjudged pairs are not kept."""


class Duplicates(Table):
    """Likeness of two pictures of which one is enough; None looks for no such.

    *near* are bits of 256 in which PDQ hashes of this *quality* or more differ at most;
    *semantic* is the least cosine of embeddings.
    """

    exact: bool = False
    near: Annotated[int, Field(ge=0, le=31)] | None = None
    quality: Annotated[int, Field(ge=0, le=100)] = 50
    semantic: Annotated[
        float | None,
        Field(ge=0, le=1, validation_alias=AliasChoices("semantic", "alike")),
    ] = None


class _Head(Table):
    """A plan without its policy, filters and duplicates, which are read apart."""

    version: Annotated[str, Field(min_length=1, max_length=64)]
    score_all: bool = False
    captions_only: bool = False
    policy: Any = POLICIES[0]
    filter: Any = ()
    duplicates: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """The contents of a plan's file, without fault.

    *inlined* is the text of a policy that lies in a file of its own; *renamed* are old
    names that the file uses, with those of today.
    """

    version: str
    policy: Policy
    inlined: Mapping[str, Any] | None
    filters: tuple[Filter, ...]
    duplicates: Duplicates
    score_all: bool
    captions_only: bool
    renamed: Mapping[str, str]

    @classmethod
    def read(cls, document: Mapping[str, Any], folder: Path | None) -> "PlanFile":
        """The plan in *document*, or PlanError with a line for each fault.

        Its policy may lie in *folder*.
        """
        faults: list[str] = []
        head = read_table(_Head, document, faults)
        policy, inlined = _policy(document.get("policy", POLICIES[0]), folder, faults)
        tables = list(_tables(document.get("filter", []), faults))
        filters = [_filter(key, table, faults) for key, table in tables]
        duplicates = _duplicates(document.get("duplicates", {}), faults)
        faults += _contradictions(document, dict(tables))
        if faults or head is None:
            raise PlanError("\n".join(faults))
        return cls(
            version=head.version,
            policy=policy,
            inlined=inlined,
            filters=tuple(each for each in filters if each is not None),
            duplicates=duplicates,
            score_all=head.score_all,
            captions_only=head.captions_only,
            renamed=dict(_renamed(document)),
        )

    def text(self, text: str, document: Mapping[str, Any]) -> str:
        """*text*, or *document* with the policy that it names by its file."""
        if self.inlined is None:
            return text
        return toml({**document, "policy": self.inlined})


def _policy(
    named: Any, folder: Path | None, faults: list[str]
) -> tuple[Policy, Mapping[str, Any] | None]:
    """A bundled policy, one beside the plan with its text, or one that stands in it."""
    try:
        if isinstance(named, Mapping):
            return Policy.parse(toml(named)), None
        if not isinstance(named, str):
            faults.append(f"policy is {named!r}; it should be a name or a table")
        elif named in POLICIES:
            return Policy.bundled(named), None
        elif folder is None:
            faults.append(f"policy is {named!r}; {guess(named, POLICIES)}")
        else:
            path = folder / named
            return Policy.read(path), tomllib.loads(path.read_text("utf-8"))
    except PolicyError as error:
        faults += [f"policy: {line}" for line in str(error).splitlines()]
    return Policy.bundled(), None


def _tables(tables: Any, faults: list[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The key of each filter, as of today, with what the plan tells it."""
    if not isinstance(tables, list):
        faults.append(f"filter is {tables!r}; it should be written as [[filter]]")
        return
    seen = set()
    for table in tables:
        name = table.get("name") if isinstance(table, Mapping) else None
        key = old_keys().get(str(name), str(name))
        if name is None or key not in catalogue():
            asked = guess(key, list(catalogue()))
            faults.append(f"filter: {name!r} is unknown; {asked}")
        elif key in seen:
            faults.append(f"filter {key}: stands there twice")
        else:
            seen.add(key)
            yield key, table


def _filter(key: str, table: Mapping[str, Any], faults: list[str]) -> Filter | None:
    return read_table(catalogue()[key], table, faults, f"filter {key}")


def _duplicates(table: Any, faults: list[str]) -> Duplicates:
    if not isinstance(table, Mapping):
        faults.append(f"duplicates is {table!r}; it should be a table")
        return Duplicates()
    return read_table(Duplicates, table, faults, "duplicates") or Duplicates()


def _contradictions(
    document: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Faults between the parts, each without fault by itself."""
    captions_only = document.get("captions_only") is True
    judging = _JUDGING[:1] if captions_only else _JUDGING
    if missing := [name for name in judging if name not in given]:
        yield f"filter: unjudged pairs are not kept, add {', '.join(missing)}"
    if captions_only:
        kinds = catalogue()
        seeing = [key for key in given if kinds[key].subject is Subject.PICTURE]
        seeing += ["duplicates"] if document.get("duplicates") else []
        if seeing:
            named = ", ".join(seeing)
            yield f"captions_only: no picture is looked at, take out {named}"
    least = given.get("image_too_small", {}).get("shorter_side")
    most = given.get("image_too_large", {}).get("longer_side")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield (
            f"filter: image_too_small wants {least} pixels of the shorter side,"
            f" image_too_large allows {most} of the longer: nothing would be kept"
        )


def _renamed(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for table in document.get("filter", []):
        if new := old_keys().get(table["name"]):
            yield f"filter {table['name']}", new
    if "alike" in document.get("duplicates", {}):
        yield "duplicates.alike", "semantic"


def toml(document: Mapping[str, Any]) -> str:
    """*document* as TOML, a line for each key of its own.

    The library writes none, and a package for it would save these lines alone.
    """
    return "".join(f"{json.dumps(k)} = {_value(v)}\n" for k, v in document.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(k)} = {_value(v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
