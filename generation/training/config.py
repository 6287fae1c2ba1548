"""The base of a plan's tables: strict pydantic models, all faults told at once."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from reprlib import repr as short
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from generation.errors import PlanError

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of something, from none of it to all."""


class ConfigModel(BaseModel):
    """A frozen table without unknown keys or conversions."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )

    @property
    def set_values(self) -> dict[str, Any]:
        """The values that a plan sets, without defaults."""
        return self.model_dump(mode="json", exclude_unset=True)


Kind = TypeVar("Kind", bound=ConfigModel)


def validated(kind: type[Kind], contents: dict[str, Any]) -> Kind:
    """*contents* as a table of this *kind*, or PlanError with a line for each fault."""
    try:
        return kind.model_validate(contents)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise PlanError("\n".join(_told(fault, kind) for fault in faults)) from error


def _told(fault: ErrorDetails, kind: type[ConfigModel]) -> str:
    *above, key = fault["loc"] or ("",)
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        return f"{name} is missing"
    if fault["type"] == "extra_forbidden":
        return f"{name} is unknown; {_meant(str(key), _keys(kind, above))}"
    if fault["type"] == "value_error":
        where = f"{name}: " if name else ""
        return f"{where}{fault['ctx']['error']}"
    if fault["type"] == "model_type":
        return f"{name} is {short(fault['input'])}; it should be a table"
    should = fault["msg"].replace("Input", "it", 1)
    return f"{name} is {short(fault['input'])}; {should}"


def _meant(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def _keys(kind: type[ConfigModel], path: Sequence[int | str]) -> list[str]:
    """The keys that the table at *path* below one of this *kind* may have."""
    for key in path:
        if isinstance(key, str):
            kind = next(_tables(kind.model_fields[key].annotation))
    return list(kind.model_fields)


def _tables(annotation: Any) -> Iterator[type[ConfigModel]]:
    if isinstance(annotation, type) and issubclass(annotation, ConfigModel):
        yield annotation
    for part in get_args(annotation):
        yield from _tables(part)
