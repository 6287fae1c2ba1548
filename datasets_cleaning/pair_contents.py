"""Contents of a pair while it is judged: shared by measures, and made once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from datasets_cleaning.decode import SIDE, Pixels, pixels
from datasets_cleaning.pair import Pair
from moderation.errors import Fault, ImageRefused
from moderation.image.containers import Container
from moderation.image.uploads import MAX_BYTES, inspected
from moderation.text.canonical import canonical


@dataclass  # no slots: cached_property needs a place to keep things
class LazyPairContents:
    """*pair*, its picture scaled down to a shorter side of *side* pixels or some more.

    *embeddings* [1 or 2, d] are there once a measure has made them.
    """

    pair: Pair
    side: int = SIDE
    embeddings: NDArray[np.float32] | None = None

    @cached_property
    def data(self) -> bytes:
        """The bytes of its picture's file, or ImageRefused."""
        blob = self.pair.image
        if blob is None:
            raise ImageRefused("there is no picture", Fault.EMPTY)
        if blob.size > MAX_BYTES:
            raise ImageRefused(
                f"a picture has at most {MAX_BYTES} bytes, this one has {blob.size}",
                Fault.TOO_MANY_BYTES,
            )
        return blob.read()

    @cached_property
    def container(self) -> Container:
        """The kind of its file by its own marks, or ImageRefused."""
        return inspected(self.data)

    @cached_property
    def text(self) -> str:
        """Its canonical caption; empty where there is none."""
        return canonical(self.pair.caption or "").text

    @cached_property
    def pixels(self) -> Pixels:
        """Its picture [h, w, 3], upright, perhaps scaled down; or ImageRefused."""
        return pixels(self.data, self.container, side=self.side)
