"""Tables of a TOML file read by pydantic, their faults in words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from reprlib import repr as short
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails


class Table(BaseModel):
    """A table that holds nothing unknown, and whose values are not converted."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )


Kind = TypeVar("Kind", bound=Table)


def read_table(
    kind: type[Kind], contents: Mapping[str, Any], faults: list[str], where: str = ""
) -> Kind | None:
    """*contents* as a table of this *kind*; None with a line for each of its *faults*.

    A line begins with *where* the table stands.
    """
    try:
        return kind.model_validate(dict(contents))
    except ValidationError as error:
        before = f"{where}: " if where else ""
        faults += [
            before + _described(fault, kind)
            for fault in error.errors(include_url=False)
        ]
        return None


def guess(word: str, known: Sequence[str]) -> str:
    """A question that names the nearest of *known*, or all of these."""
    if close := get_close_matches(word, known, n=1):
        return f"did you mean {close[0]}?"
    return f"known are {', '.join(known) or 'none'}"


def _described(fault: ErrorDetails, kind: type[Table]) -> str:
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        return f"{name} is missing"
    if fault["type"] == "extra_forbidden":
        return f"{name} is unknown; {guess(name, list(_keys(kind)))}"
    if fault["type"] == "value_error":
        return f"{name}: {fault['ctx']['error']}"
    if fault["type"] == "model_type":
        return f"{name} is {short(fault['input'])}; it should be a table"
    should = re.sub(r"^\w+ (?=should)", "it ", fault["msg"])
    return f"{name} is {short(fault['input'])}; {should}"


def _keys(kind: type[Table]) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        yield field.alias or name
