"""What a training asks of its data."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Numbers = NDArray[np.int64]
"""Numbers of examples, [n]."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A *text* that is true of an example; only its data knows what it *tells*."""

    text: str
    tells: Any


class Data(Protocol):
    """Captioned pictures by number, the same ones whenever they are asked for."""

    @property
    def size(self) -> int:
        """How many there are: numbers run from 0."""
        ...

    def picture(self, number: int, frame: tuple[int, int]) -> Image.Image:
        """The picture of that *number* in a *frame* of width and height, RGB."""
        ...

    def caption(self, number: int, random: np.random.Generator) -> Caption:
        """Something that is true of it, drawn by *random* where there is a choice."""
        ...

    def fits(self, caption: Caption, number: int) -> bool:
        """Whether *caption*, made for another example, is true of this one as well."""
        ...

    def mention(self, number: int, random: np.random.Generator) -> Caption:
        """Something that is true of it, though it may be silent on much."""
        ...

    def rival(
        self, caption: Caption, number: int, random: np.random.Generator
    ) -> Caption | None:
        """One close to its *caption* that is false of it, if any is known."""
        ...


def captions_of(
    data: Data, numbers: Numbers, *, drop: float, random: np.random.Generator
) -> list[str]:
    """A caption for each of *numbers*, empty where it is dropped."""
    return [
        "" if random.random() < drop else data.caption(int(number), random).text
        for number in numbers
    ]
