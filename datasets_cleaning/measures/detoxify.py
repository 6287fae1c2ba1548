"""What Detoxify says of captions, where it is set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from datasets_cleaning.measures.scores import columns, rows
from datasets_cleaning.protocols import View
from moderation.text.detoxify import Detoxify
from moderation.verdict import Category


@dataclass(frozen=True, slots=True)
class DetoxifyScores:
    """The scores of *detoxify*, several captions at a time and equal ones once."""

    detoxify: Detoxify
    categories: tuple[Category, ...] = field(init=False)
    columns: Mapping[str, pa.DataType] = field(init=False)

    def __post_init__(self) -> None:
        # there are checkpoints with few labels: one text tells which
        known = self.detoxify.scores("a")
        categories = tuple(category for category in Category if category in known)
        object.__setattr__(self, "categories", categories)
        object.__setattr__(self, "columns", columns("detoxify", categories))

    @property
    def version(self) -> str:
        """Which weights answer, for the record."""
        return self.detoxify.version

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """A score for each of *views* and category; None where there is no caption."""
        texts = [None if view.pair.caption is None else view.text for view in views]
        different = list(dict.fromkeys(text for text in texts if text is not None))
        answers = dict(
            zip(different, self.detoxify.scores_many(different), strict=True)
        )
        found = [None if text is None else answers[text] for text in texts]
        return rows("detoxify", self.categories, found)
