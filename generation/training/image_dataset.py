"""Somebody's own pictures as data: one fixed caption each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from generation.errors import DataError
from generation.training.dataset import Caption


@dataclass(frozen=True, slots=True)
class Source:
    """What people call a picture, how its bytes are read, and its caption."""

    name: str
    read: Callable[[], bytes]
    caption: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures that lie somewhere; they are cut to a frame around their middle."""

    sources: Sequence[Source]

    @classmethod
    def of(cls, sources: Sequence[Source], problems: Sequence[str]) -> Self:
        """All *sources*; DataError names the first *problems*, if there are any."""
        if problems:
            more = len(problems) - len(problems[:SHOWN])
            rest = [f"and {more} more"] if more else []
            raise DataError("\n".join((*problems[:SHOWN], *rest)))
        if not sources:
            raise DataError("there are no pictures to learn from")
        return cls(sources)

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.sources)

    def picture(self, number: int, frame: tuple[int, int]) -> Image.Image:
        """The picture of that *number*, upright, filling *frame*; or DataError."""
        source = self.sources[number]
        try:
            with Image.open(BytesIO(source.read())) as opened:
                opened.draft("RGB", frame)
                upright = ImageOps.exif_transpose(opened).convert("RGB")
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise DataError(f"{source.name} cannot be read: {error}") from error
        return ImageOps.fit(upright, frame, Image.Resampling.BICUBIC)

    def caption(self, number: int, random: np.random.Generator) -> Caption:
        """Its caption."""
        del random
        text = self.sources[number].caption
        return Caption(text, text)

    def fits(self, caption: Caption, number: int) -> bool:
        """Whether it has the very same caption."""
        return bool(caption.tells == self.sources[number].caption)

    def mention(self, number: int, random: np.random.Generator) -> Caption:
        """Its caption."""
        return self.caption(number, random)

    def rival(
        self, caption: Caption, number: int, random: np.random.Generator
    ) -> Caption | None:
        """None: nobody has said what these pictures do not show."""
        del caption, number, random
        return None


SHOWN = 20
"""Problems that are named one by one."""
