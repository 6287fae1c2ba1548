"""What a picture is known by when its bytes have changed: PDQ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from datasets_cleaning.protocols import View
from moderation.errors import ImageRefused
from moderation.image.hash_lists import HashList
from moderation.image.pdq import Fingerprint
from moderation.image.uploads import read_image


@dataclass(frozen=True, slots=True)
class Perceptual:
    """The fingerprint of the scaled picture, to compare within one data set.

    It differs from that of the picture in full size by some ten bits of 256.
    """

    version: ClassVar[str] = "pdq-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "pdq": pa.binary(32),
        "pdq_quality": pa.uint8(),
    }

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """Bits and quality for each of *views*; None for what can't be decoded."""
        found = [_fingerprint(view) for view in views]
        return {
            "pdq": [None if f is None else f.bits.tobytes() for f in found],
            "pdq_quality": [None if f is None else f.quality for f in found],
        }


@dataclass(frozen=True, slots=True)
class ListedPictures:
    """Whether a picture is on one of *lists*, by its fingerprint in full size."""

    lists: HashList
    columns: ClassVar[Mapping[str, pa.DataType]] = {"listed_pdq": pa.bool_()}

    @property
    def version(self) -> str:
        """Which lists answer, for the record."""
        return self.lists.version

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """True for each of *views* that is listed; None for what can't be decoded."""
        return {"listed_pdq": [self._listed(view) for view in views]}

    def _listed(self, view: View) -> bool | None:
        if not self.lists.pictures:
            return False
        try:
            return bool(self.lists.matches(read_image(view.data)))
        except ImageRefused:
            return None


def _fingerprint(view: View) -> Fingerprint | None:
    try:
        return Fingerprint.of_pixels(view.pixels)
    except ImageRefused:
        return None
