"""Plan: the filters of a job with their thresholds, under a policy; versioned."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Self

from datasets_cleaning.catalogue import catalogue
from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.errors import PlanError
from datasets_cleaning.filter import Filter
from datasets_cleaning.measures.captions import Caption
from datasets_cleaning.measures.embeddings import Embedding
from datasets_cleaning.measures.files import Digest, Header
from datasets_cleaning.measures.pixels import Decoded, PerceptualHash
from datasets_cleaning.plan_file import Duplicates, PlanFile
from datasets_cleaning.protocols import Measure, Subject
from moderation.errors import ClassifierUnavailable
from moderation.policy import Policy

BUNDLED: Final = ("default", "strict", "kandinsky", "captions")
"""The names of the plans that ship with the package; the first is the default."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """All that a job does to every pair; *text* alone tells it, the policy included.

    *steps* are the filters as the plan has them, *filters* the same in the order of
    cost. A plan with *captions_only* never looks at a picture: for lists of captions
    before anything is downloaded. *renamed* are old names that the text uses.
    """

    version: str
    text: str
    sha256: str
    policy: Policy
    steps: tuple[Filter, ...]
    filters: tuple[Filter, ...]
    duplicates: Duplicates
    score_all: bool
    captions_only: bool
    renamed: dict[str, str] = field(default_factory=dict)

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
    def named(cls, name: str) -> Self:
        """The bundled plan *name*, or that in the file of this name; or PlanError."""
        return cls.bundled(name) if name in BUNDLED else cls.read(Path(name))

    @classmethod
    def parse(cls, text: str, *, folder: Path | None = None) -> Self:
        """The plan that the TOML *text* spells out; its policy may lie in *folder*.

        PlanError has a line for each fault.
        """
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PlanError(f"it is no TOML: {error}") from error
        file = PlanFile.read(document, folder)
        text = file.text(text, document)
        return cls(
            version=file.version,
            text=text,
            sha256=_digest(text, file.policy),
            policy=file.policy,
            steps=file.filters,
            filters=_in_order(each.under(file.policy) for each in file.filters),
            duplicates=file.duplicates,
            score_all=file.score_all,
            captions_only=file.captions_only,
            renamed=dict(file.renamed),
        )

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return type(self).parse, (self.text,)

    def measures(
        self, loaded: LoadedClassifiers, *, embeddings: bool = False
    ) -> tuple[Measure, ...]:
        """The measures that the filters need, in the order of cost.

        With *embeddings* those are kept, too. Under `score_all` everything is measured
        that *loaded* can. ClassifierUnavailable says, a line each, what is missing.
        """
        found: list[Measure] = []
        problems: list[str] = []
        for name, make in self._makers(loaded, embeddings=embeddings):
            try:
                found += make()
            except ClassifierUnavailable as error:
                problems.append(f"{name}: {error}")
        if problems:
            raise ClassifierUnavailable("\n".join(dict.fromkeys(problems)))
        return tuple(sorted(found, key=lambda measure: measure.cost))

    def _makers(
        self, loaded: LoadedClassifiers, *, embeddings: bool
    ) -> Iterator[tuple[str, Callable[[], Sequence[Measure]]]]:
        """Makers of measures, each with the name of what needs them."""
        yield "captions", lambda: [Caption()]
        if not self.captions_only:
            yield "pictures", lambda: [Header(), Digest(), Decoded()]
            if self.duplicates.near is not None or self.score_all:
                yield "duplicates.near", lambda: [PerceptualHash()]
            if embeddings or self.duplicates.semantic is not None:
                yield "embeddings", lambda: [Embedding(loaded.embedder)]
        for kind in self._measured(loaded.classifiers):
            yield kind.key, partial(kind.measures, loaded, self.policy)

    def _measured(self, classifiers: Classifiers) -> Iterator[type[Filter]]:
        """The filters whose measures are made, in the order of cost."""
        given = {each.key: each for each in self.steps}
        for key, kind in catalogue().items():
            available = kind.available(classifiers)
            if (each := given.get(key)) is not None:
                if available or not getattr(each, "optional", False):
                    yield kind
            elif self.score_all and available and self._looks_at(kind.subject):
                yield kind

    def _looks_at(self, subject: Subject) -> bool:
        return subject is Subject.CAPTION or not self.captions_only


def _digest(text: str, policy: Policy) -> str:
    """SHA-256 over *text* and *policy*, by which a folder knows its plan again.

    Folders of before have digests over a field that was called `away` then.
    """
    spelled = repr(policy).replace("concept_limit=", "away=")
    return sha256(f"{text}\0{spelled}".encode()).hexdigest()


def _in_order(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """The parts of *filters*, those with cheap columns first, else in their order."""
    parts = (part for each in filters for part in each.parts())
    return tuple(sorted(parts, key=lambda part: part.cost))
