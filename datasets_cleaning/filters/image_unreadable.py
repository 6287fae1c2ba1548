"""A file that is no picture, or a picture that nothing should decode."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.measures.files import OTHER, UNREADABLE
from datasets_cleaning.protocols import Codes, Cost, Subject


class ImageUnreadable(Filter):
    """Drops a pair whose file is no picture by its marks, or can't be decoded."""

    key: ClassVar[str] = "image_unreadable"
    meanings: ClassVar[Mapping[str, str]] = {
        "image_unreadable": "The picture is damaged, a decompression bomb, or something"
        " besides a picture."
    }
    subject: ClassVar[Subject] = Subject.PICTURE
    cost: ClassVar[Cost] = Cost.HEADER
    reads: ClassVar[frozenset[str]] = frozenset({"format"})

    def parts(self) -> Sequence[Filter]:
        """By the file's marks, which cost little, and by its pixels."""
        return (self, PixelsUnreadable())

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each row whose file's marks are no picture's [n]."""
        return np.asarray(ledger.matches("format", OTHER, UNREADABLE), np.uint8)


class PixelsUnreadable(ImageUnreadable):
    """Drops a pair whose picture could not be decoded to its end."""

    cost: ClassVar[Cost] = Cost.DECODING
    reads: ClassVar[frozenset[str]] = frozenset({"decoded"})

    def parts(self) -> Sequence[Filter]:
        """Itself alone."""
        return (self,)

    def decide(self, ledger: Ledger, /) -> Codes:
        """1 for each such row [n]."""
        return np.asarray(ledger.numbers("decoded") == 0, np.uint8)
