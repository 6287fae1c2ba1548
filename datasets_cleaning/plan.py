"""Which filters a job uses, in which order and with which thresholds. Versioned."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from datasets_cleaning.errors import PlanError
from datasets_cleaning.filters.caption_empty import caption_empty
from datasets_cleaning.filters.caption_judged import CaptionJudged
from datasets_cleaning.filters.caption_missing import caption_missing
from datasets_cleaning.filters.caption_too_long import CaptionTooLong
from datasets_cleaning.filters.caption_unreadable import caption_unreadable
from datasets_cleaning.filters.duplicate import Duplicate
from datasets_cleaning.filters.image_judged import ImageJudged
from datasets_cleaning.filters.image_missing import image_missing
from datasets_cleaning.filters.image_too_small import ImageTooSmall
from datasets_cleaning.filters.image_unreadable import image_unreadable
from datasets_cleaning.protocols import Filter
from moderation import ImageGate, PromptGate

PLAIN: Final[Mapping[str, Filter]] = MappingProxyType(
    {
        "image_missing": image_missing,
        "caption_missing": caption_missing,
        "caption_unreadable": caption_unreadable,
        "caption_empty": caption_empty,
        "image_unreadable": image_unreadable,
    }
)
MEASURING: Final[Mapping[str, tuple[str, Callable[[int], Filter]]]] = MappingProxyType(
    {
        "caption_too_long": ("characters", CaptionTooLong),
        "image_too_small": ("shorter_side", ImageTooSmall),
    }
)
"""Filters with a threshold, and its name in a plan."""

JUDGING: Final = ("caption_judged", "image_judged")
"""No plan goes without these: what nobody has judged is not kept."""

LONGEST_VERSION: Final = 64
NAMES: Final = (*PLAIN, *MEASURING, *JUDGING, "duplicate")


@dataclass(frozen=True, slots=True)
class Step:
    """A filter's *name* and, where it measures, its *threshold*."""

    name: str
    threshold: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps that a record takes, by a name to be remembered by."""

    version: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if missing := [name for name in JUDGING if name not in names]:
            raise PlanError(f"plan {self.version} lacks {', '.join(missing)}")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise PlanError(f"plan {self.version} names {', '.join(twice)} twice")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The plan in the TOML file *path*, or PlanError naming what is wrong."""
        try:
            return cls.parse(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PlanError(f"cannot read the plan {path}: {error}") from error

    @classmethod
    def bundled(cls) -> Self:
        """The plan that ships with the package."""
        text = (files("datasets_cleaning") / "plans/default.toml").read_text("utf-8")
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The plan that the TOML *text* spells out."""
        document = tomllib.loads(text)
        if wrong := {"version", "filter"} ^ set(document):
            raise PlanError(f"a plan has a version and filters, look at {wrong}")
        version, steps = document["version"], document["filter"]
        if not isinstance(version, str) or not 0 < len(version) <= LONGEST_VERSION:
            raise PlanError(
                f"a version has 1 to {LONGEST_VERSION} characters: {version}"
            )
        if not isinstance(steps, list):
            raise PlanError(f"filters are written as [[filter]], got {steps!r}")
        return cls(version, tuple(map(_step, steps)))

    def filters(self, *, captions: PromptGate, images: ImageGate) -> tuple[Filter, ...]:
        """Fresh filters for one job, judging by these two gates."""
        ready: dict[str, Filter] = {
            **PLAIN,
            "caption_judged": CaptionJudged(captions),
            "image_judged": ImageJudged(images),
            "duplicate": Duplicate(),
        }
        return tuple(
            ready[step.name]
            if step.threshold is None
            else MEASURING[step.name][1](step.threshold)
            for step in self.steps
        )


def _step(table: Any) -> Step:
    name = table.get("name") if isinstance(table, dict) else None
    if name not in NAMES:
        raise PlanError(f"a filter has a name of {', '.join(NAMES)}, got {table!r}")
    threshold = MEASURING[name][0] if name in MEASURING else None
    if set(table) - {"name"} != {threshold} - {None}:
        raise PlanError(f"{name} wants {threshold or 'no threshold'}, got {table!r}")
    if threshold is None:
        return Step(name, None)
    value = table[threshold]
    if type(value) is not int or value < 1:
        raise PlanError(f"{threshold} is a whole number from 1, got {value!r}")
    return Step(name, value)
