"""Which filters a job uses, with which thresholds, under which policy. Versioned."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Self

from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.draft import Draft, ShardProgress
from datasets_cleaning.errors import PlanError
from datasets_cleaning.filters.catalogue import CATALOGUE
from datasets_cleaning.measures.selection import (
    CAPTIONS,
    EMBEDDINGS,
    NEAR,
    PICTURES,
    possible,
    wanted,
)
from datasets_cleaning.protocols import Filter, Measure
from moderation.errors import ClassifierUnavailable
from moderation.policy import Policy

BUNDLED: Final = ("default", "strict", "kandinsky", "captions")
"""The names of the plans that ship with the package; the first is the default."""

_OF_CAPTIONS: Final = frozenset(n for n, kind in CATALOGUE.items() if kind.of_captions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """How like two pictures are when one is enough; None looks for no such.

    *near* are bits of 256, 0 to 31, in which PDQ hashes of this *quality*, 0 to
    100, or more differ at most; *alike* is the least cosine of embeddings.
    """

    exact: bool = False
    near: int | None = None
    quality: int = 50
    alike: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What a job does to every pair; *text* alone says all of it, the policy included.

    *filters* stand in the order of cost. A plan with *captions_only* never looks at a
    picture: for lists of captions before anything is downloaded.
    """

    version: str
    text: str
    sha256: str
    policy: Policy
    steps: tuple[ShardProgress, ...]
    filters: tuple[Filter, ...]
    duplicates: Duplicates
    score_all: bool
    captions_only: bool

    @classmethod
    def read(cls, path: Path) -> Self:
        """The plan in the TOML file *path*, or PlanError with a line for each fault."""
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PlanError(f"cannot read the plan {path}: {error}") from error
        try:
            return cls.parse(text, folder=path.parent)
        except PlanError as error:
            raise PlanError(f"{path}: {error}") from error

    @classmethod
    def bundled(cls, name: str = BUNDLED[0]) -> Self:
        """The plan *name* of BUNDLED, which ships with the package."""
        if name not in BUNDLED:
            known = ", ".join(BUNDLED)
            raise PlanError(f"a bundled plan is one of {known}, got {name!r}")
        path = files("datasets_cleaning") / f"plans/{name}.toml"
        return cls.parse(path.read_text("utf-8"))

    @classmethod
    def parse(cls, text: str, *, folder: Path | None = None) -> Self:
        """The plan that the TOML *text* spells out; its policy may lie in *folder*.

        PlanError has a line for each fault.
        """
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PlanError(f"it is no TOML: {error}") from error
        draft = Draft.of(document, folder)
        text = draft.text(text, document)
        return cls(
            version=draft.version,
            text=text,
            sha256=sha256(f"{text}\0{draft.policy!r}".encode()).hexdigest(),
            policy=draft.policy,
            steps=tuple(draft.steps),
            filters=_filters(draft.steps, draft.policy),
            duplicates=Duplicates(**draft.duplicates),
            score_all=draft.score_all,
            captions_only=draft.captions_only,
        )

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return type(self).parse, (self.text,)

    def measures(
        self, loaded: LoadedClassifiers, *, embeddings: bool = False
    ) -> tuple[Measure, ...]:
        """What finds out all that the filters ask, in the order of cost.

        With *embeddings* those are kept, too. Under `score_all` everything is measured
        that *loaded* can. ClassifierUnavailable says, a line each, what is missing.
        """
        found: list[Measure] = []
        problems = []
        asked = self._asked(loaded.classifiers, embeddings=embeddings)
        for asker, make in wanted(asked, loaded, self.policy):
            try:
                found.append(make())
            except ClassifierUnavailable as error:
                problems.append(f"{asker}: {error}")
        if problems:
            raise ClassifierUnavailable("\n".join(dict.fromkeys(problems)))
        return tuple(found)

    def _asked(self, classifiers: Classifiers, *, embeddings: bool) -> frozenset[str]:
        """Who needs a measure: filters by their names, and what lies beside them."""
        can = possible(classifiers)
        asked = {
            step.name
            for step in self.steps
            if step.name in can or not step.values.get("optional", False)
        }
        if self.captions_only:
            return frozenset(
                asked | {CAPTIONS} | (can & _OF_CAPTIONS if self.score_all else set())
            )
        asked |= {CAPTIONS, PICTURES} | (can if self.score_all else set())
        if self.duplicates.near is not None:
            asked.add(NEAR)
        if embeddings or self.duplicates.alike is not None:
            asked.add(EMBEDDINGS)
        return frozenset(asked)


def _filters(steps: Sequence[ShardProgress], policy: Policy) -> tuple[Filter, ...]:
    """The filters of *steps*, those with cheap columns first, else in their order."""
    made = [
        (rank, place, judge)
        for place, step in enumerate(steps)
        for rank, judge in zip(
            CATALOGUE[step.name].ranks,
            CATALOGUE[step.name].make(policy, **step.values),
            strict=True,
        )
    ]
    return tuple(judge for _, _, judge in sorted(made, key=lambda m: m[:2]))
