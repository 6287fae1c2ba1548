"""Measures of captions: length, language, and the scores of text classifiers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Final

import pyarrow as pa

from datasets_cleaning.category_scores import score_columns, score_rows
from datasets_cleaning.protocols import Cost, PairContents
from moderation.errors import ClassifierUnavailable
from moderation.language import language
from moderation.protocols import Scores, TextClassifier
from moderation.text.detoxify import Detoxify
from moderation.verdict import Category

_REMEMBERED: Final = 1 << 16  # captions: alternative texts repeat


@dataclass(frozen=True, slots=True)
class CaptionScores:
    """The worst of *classifiers* by category; repeated captions are judged once."""

    cost: ClassVar[Cost] = Cost.TEXT_CLASSIFIER
    classifiers: Sequence[TextClassifier]
    columns: ClassVar[Mapping[str, pa.DataType]] = score_columns("caption", Category)
    judged: Callable[[str], Scores | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        judged = lru_cache(_REMEMBERED)(self._judged)
        object.__setattr__(self, "judged", judged)

    @property
    def version(self) -> str:
        """The versions of the classifiers, for the record."""
        return " + ".join(classifier.version for classifier in self.classifiers)

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """A score for each pair and category; None where no classifier can read it."""
        answers = [
            None if pair.pair.caption is None else self.judged(pair.text)
            for pair in contents
        ]
        return score_rows("caption", tuple(Category), answers)

    def _judged(self, text: str) -> Scores | None:
        try:
            answers = [classifier.scores(text) for classifier in self.classifiers]
        except ClassifierUnavailable:
            return None
        return {
            category: max(answer.get(category, 0.0) for answer in answers)
            for category in Category
        }


@dataclass(frozen=True, slots=True)
class Caption:
    """The length of the canonical caption, and its language by its letters."""

    cost: ClassVar[Cost] = Cost.CAPTION
    version: ClassVar[str] = "caption-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "caption_length": pa.uint32(),
        "language": pa.dictionary(pa.int8(), pa.string()),
    }

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """The columns of *contents*; None where there is no caption."""
        texts = [None if pair.pair.caption is None else pair.text for pair in contents]
        return {
            "caption_length": [None if text is None else len(text) for text in texts],
            "language": [None if text is None else language(text) for text in texts],
        }


@dataclass(frozen=True, slots=True)
class DetoxifyScores:
    """The scores of *detoxify*, several captions at a time and equal ones once."""

    cost: ClassVar[Cost] = Cost.TEXT_NETWORK
    detoxify: Detoxify
    categories: tuple[Category, ...] = field(init=False)
    columns: Mapping[str, pa.DataType] = field(init=False)

    def __post_init__(self) -> None:
        # there are checkpoints with few labels: one text tells which
        known = self.detoxify.scores("a")
        categories = tuple(category for category in Category if category in known)
        object.__setattr__(self, "categories", categories)
        object.__setattr__(self, "columns", score_columns("detoxify", categories))

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return self.detoxify.version

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """A score for each pair and category; None where there is no caption."""
        texts = [None if pair.pair.caption is None else pair.text for pair in contents]
        different = list(dict.fromkeys(text for text in texts if text is not None))
        answers = dict(
            zip(different, self.detoxify.scores_many(different), strict=True)
        )
        found = [None if text is None else answers[text] for text in texts]
        return score_rows("detoxify", self.categories, found)
