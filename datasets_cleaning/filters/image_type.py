"""A picture in another format than the plan takes."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.files import UNREADABLE
from datasets_cleaning.protocols import Codes, Cost, Subject


class ImageType(Filter):
    """Drops a pair whose picture is, by its content, of none of *types*."""

    key: ClassVar[str] = "image_type"
    meanings: ClassVar[Mapping[str, str]] = {
        "image_type": "The picture is, by its content and not its name, of no type that"
        " the plan takes."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.HEADER
    reads: ClassVar[frozenset[str]] = frozenset({"format"})

    types: Annotated[
        tuple[Literal["jpeg", "png", "webp"], ...], Field(min_length=1, strict=False)
    ]

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        accepted = ledger.matches("format", *self.types, UNREADABLE)
        return np.asarray(~accepted, np.uint8)
