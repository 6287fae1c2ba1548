"""What a caption is, before anybody asks what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from datasets_cleaning.protocols import View
from moderation.text.language import language


@dataclass(frozen=True, slots=True)
class Caption:
    """The length of the canonical caption, and its language by its letters."""

    version: ClassVar[str] = "caption-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "caption_length": pa.uint32(),
        "language": pa.dictionary(pa.int8(), pa.string()),
    }

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """The columns of *views*; None where there is no caption."""
        texts = [None if view.pair.caption is None else view.text for view in views]
        return {
            "caption_length": [None if text is None else len(text) for text in texts],
            "language": [None if text is None else language(text) for text in texts],
        }
