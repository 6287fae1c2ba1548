"""How sharp a picture is: the variance of its Laplacian."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa

from datasets_cleaning.decode import Pixels
from datasets_cleaning.protocols import View
from moderation.errors import ImageRefused

_SMALLEST: Final = 3  # pixels of a side that has an inside


@dataclass(frozen=True, slots=True)
class Blur:
    """The variance of the Laplacian of brightness in 0 to 255; higher is sharper."""

    version: ClassVar[str] = "blur-1"
    columns: ClassVar[Mapping[str, pa.DataType]] = {"blur": pa.float32()}

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """A number for each of *views*; None for what can't be decoded."""
        return {"blur": [_measured(view) for view in views]}


def sharpness(pixels: Pixels) -> float:
    """The variance of the Laplacian of *pixels* [h, w, 3]; 0 without an inside."""
    if min(pixels.shape[:2]) < _SMALLEST:
        return 0.0
    # green carries most of the brightness; whole numbers are quick and exact
    grey = pixels[:, :, 1].astype(np.int16)
    inside = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    edges = (around - 4 * inside).ravel().astype(np.int64)
    mean = edges.sum() / edges.size
    return float(np.dot(edges, edges) / edges.size - mean * mean)


def _measured(view: View) -> float | None:
    try:
        return sharpness(view.pixels)
    except ImageRefused:
        return None
