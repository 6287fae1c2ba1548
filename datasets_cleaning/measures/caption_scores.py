"""What the bundled classifiers say of captions, as the prompt gate would hear it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Final

import pyarrow as pa

from datasets_cleaning.measures.scores import columns, rows
from datasets_cleaning.protocols import View
from moderation.errors import ClassifierUnavailable
from moderation.protocols import Scores, TextClassifier
from moderation.verdict import Category

_REMEMBERED: Final = 1 << 16  # captions: alternative texts repeat


@dataclass(frozen=True, slots=True)
class CaptionScores:
    """The worst of *classifiers* by category; repeated captions are judged once."""

    classifiers: Sequence[TextClassifier]
    columns: ClassVar[Mapping[str, pa.DataType]] = columns("caption", Category)
    judged: Callable[[str], Scores | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        judged = lru_cache(_REMEMBERED)(self._judged)
        object.__setattr__(self, "judged", judged)

    @property
    def version(self) -> str:
        """Which classifiers answer, for the record."""
        return " + ".join(classifier.version for classifier in self.classifiers)

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """A score for each of *views* and category; None for what nobody can read."""
        answers = [
            None if view.pair.caption is None else self.judged(view.text)
            for view in views
        ]
        return rows("caption", tuple(Category), answers)

    def _judged(self, text: str) -> Scores | None:
        try:
            answers = [classifier.scores(text) for classifier in self.classifiers]
        except ClassifierUnavailable:
            return None
        return {
            category: max(answer.get(category, 0.0) for answer in answers)
            for category in Category
        }
