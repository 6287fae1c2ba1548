"""Catalogue of filters: every class in `filters/`, found by listing the package."""

import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType, NoneType
from typing import Any, get_args

from pydantic.fields import FieldInfo

from datasets_cleaning import filters
from datasets_cleaning.filter import Filter
from datasets_cleaning.reasons import MEANINGS


@cache
def catalogue() -> Mapping[str, type[Filter]]:
    """Every filter by its key in a plan, in the order of cost, then of keys."""
    found = sorted(_classes(), key=lambda kind: (kind.cost, kind.key))
    return MappingProxyType({kind.key: kind for kind in found})


@cache
def old_keys() -> Mapping[str, str]:
    """Keys of filters that older plans use, with those of today."""
    return {old: kind.key for kind in catalogue().values() for old in kind.old_keys}


def _classes() -> Iterator[type[Filter]]:
    for module in pkgutil.iter_modules(filters.__path__, f"{filters.__name__}."):
        for _, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            # what a module imports is another's, and a part has the key of its whole
            if (
                issubclass(kind, Filter)
                and kind.__module__ == module.name
                and "key" in vars(kind)
            ):
                yield kind


def meaning(reason: str) -> str:
    """Sentence that says what *reason* means; an unknown reason itself."""
    head, _, category = reason.partition(":")
    if reason in MEANINGS:
        return MEANINGS[reason]
    for kind in catalogue().values():
        if head in kind.meanings:
            text = kind.meanings[head]
            if not category:
                return text
            return f"{text.removesuffix('.')}: {category.replace('_', ' ')}."
    return reason


def thresholds(kind: type[Filter]) -> Mapping[str, str]:
    """Type and range of each threshold of *kind* in words, with its default if any."""
    return {name: _spelled(field) for name, field in kind.model_fields.items()}


def lines() -> Iterator[str]:
    """The catalogue for a terminal: each filter, its thresholds, and its meaning."""
    for key, kind in catalogue().items():
        ranges = [f"{name}: {text}" for name, text in thresholds(kind).items()]
        yield f"{key}  {'; '.join(ranges)}".rstrip()
        yield from (f"    {text}" for text in _reasons(kind))


def markdown() -> str:
    """The table of filters in docs/cleaning.md."""
    rows = ["| filter | thresholds | cost | drops a pair for |", "|---|---|---|---|"]
    for key, kind in catalogue().items():
        ranges = [f"`{name}`: {text}" for name, text in thresholds(kind).items()]
        cost = kind.cost.name.lower().replace("_", " ")
        why = "<br>".join(_reasons(kind, mark="`"))
        rows.append(f"| `{key}` | {'<br>'.join(ranges)} | {cost} | {why} |")
    return "\n".join(rows) + "\n"


def _reasons(kind: type[Filter], mark: str = "") -> Iterator[str]:
    for head, text in kind.meanings.items():
        name = head if head in kind.reasons else f"{head}:CATEGORY"
        yield f"{mark}{name}{mark}: {text}"


def _spelled(field: FieldInfo) -> str:
    default = "" if field.is_required() else f", {str(field.default).lower()} if unset"
    return f"{_kind_of(field)}{default}"


def _kind_of(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    words = _choices(annotation)
    if words:
        return f"some of {', '.join(words)}"
    if annotation is bool:
        return "true or false"
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    name = "whole number" if annotation is int else "number"
    return (
        name
        + (f" from {low:g}" if low is not None else "")
        + (f" to {high:g}" if high is not None else "")
    )


def _choices(annotation: Any) -> tuple[str, ...]:
    """The words that a list may hold."""
    parts = get_args(annotation)
    if all(isinstance(part, str) for part in parts):
        return parts
    nested = (part for part in parts if part not in {Ellipsis, NoneType})
    return next((found for part in nested if (found := _choices(part))), ())
