"""Measures of a picture's pixels: decoding, sharpness, and perceptual hash (PDQ)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import PIL
import pyarrow as pa
import simplejpeg

from datasets_cleaning.decode import Pixels
from datasets_cleaning.protocols import Cost, PairContents
from moderation.errors import ImageRefused
from moderation.image.hash_lists import HashList
from moderation.image.pdq import PdqHash
from moderation.image.uploads import read_image


@dataclass(frozen=True, slots=True)
class PerceptualHash:
    """The fingerprint of the scaled picture, to compare within one data set.

    It differs from that of the picture in full size by some ten bits of 256.
    """

    cost: ClassVar[Cost] = Cost.PERCEPTUAL_HASH
    version: ClassVar[str] = "pdq-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {
        "pdq": pa.binary(32),
        "pdq_quality": pa.uint8(),
    }

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """Bits and quality for each of *contents*; None for what can't be decoded."""
        found = [_fingerprint(pair) for pair in contents]
        return {
            "pdq": [None if f is None else f.bits.tobytes() for f in found],
            "pdq_quality": [None if f is None else f.quality for f in found],
        }


@dataclass(frozen=True, slots=True)
class ListedPictures:
    """Look-up of a picture in *lists*, by its fingerprint in full size."""

    cost: ClassVar[Cost] = Cost.PERCEPTUAL_HASH
    lists: HashList
    columns: ClassVar[Mapping[str, pa.DataType]] = {"listed_pdq": pa.bool_()}

    @property
    def version(self) -> str:
        """The version of the lists, for the record."""
        return self.lists.version

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """True for each listed picture; None for what can't be decoded."""
        return {"listed_pdq": [self._listed(pair) for pair in contents]}

    def _listed(self, pair: PairContents) -> bool | None:
        if not self.lists.pictures:
            return False
        try:
            return bool(self.lists.matches(read_image(pair.data)))
        except ImageRefused:
            return None


def _fingerprint(pair: PairContents) -> PdqHash | None:
    try:
        return PdqHash.of_pixels(pair.pixels)
    except ImageRefused:
        return None


@dataclass(frozen=True, slots=True)
class Decoded:
    """Makes the pixels that the measures behind it look at."""

    cost: ClassVar[Cost] = Cost.DECODING
    version: ClassVar[str] = (
        f"decode-1 Pillow-{PIL.__version__} simplejpeg-{simplejpeg.__version__}"
    )
    columns: ClassVar[Mapping[str, pa.DataType]] = {"decoded": pa.bool_()}

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """False for each of *contents* that is refused."""
        return {"decoded": [_decodes(pair) for pair in contents]}


def _decodes(pair: PairContents) -> bool:
    try:
        return bool(pair.pixels.size)
    except ImageRefused:
        return False


_SMALLEST: Final = 3  # pixels of a side that has an inside


@dataclass(frozen=True, slots=True)
class Blur:
    """The variance of the Laplacian of brightness in 0 to 255; higher is sharper."""

    cost: ClassVar[Cost] = Cost.PIXELS
    version: ClassVar[str] = "blur-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {"blur": pa.float32()}

    def __call__(self, contents: Sequence[PairContents]) -> Mapping[str, Sequence[Any]]:
        """A number for each of *contents*; None for what can't be decoded."""
        return {"blur": [_measured(pair) for pair in contents]}


def sharpness(pixels: Pixels) -> float:
    """The variance of the Laplacian of *pixels* [h, w, 3]; 0 without an inside."""
    if min(pixels.shape[:2]) < _SMALLEST:
        return 0.0
    # green carries most of the brightness; whole numbers are quick and exact
    brightness = pixels[:, :, 1].astype(np.int16)
    inside = brightness[1:-1, 1:-1]
    around = (
        brightness[:-2, 1:-1]
        + brightness[2:, 1:-1]
        + brightness[1:-1, :-2]
        + brightness[1:-1, 2:]
    )
    edges = (around - 4 * inside).ravel().astype(np.int64)
    mean = edges.sum() / edges.size
    return float(np.dot(edges, edges) / edges.size - mean * mean)


def _measured(pair: PairContents) -> float | None:
    try:
        return sharpness(pair.pixels)
    except ImageRefused:
        return None
