"""Regimes: pairs of a subject, which is shown, and a canvas, which it begins on.

The regimes of the paper (Razzhigaev et al. 2023, figure 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import Final

from PIL.Image import Image

from generation.errors import RegimeError

MOST_PARTS: Final = 8
TOLERANCE: Final = 0.005
"""Tolerance of a sum of weights: eight, each rounded to three digits (a visitor's
thirds are 0.333), miss one by up to 0.004."""


@dataclass(frozen=True, slots=True)
class Part:
    """A text or a picture, and its share in the image embedding.

    A share may be negative, or above one: that leads away from the other parts.
    """

    source: str | Image
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Texts and pictures that the picture is to show, and those it is to avoid.

    The embeddings of *parts* are added up by weight. The decoder's text encoder reads
    *prompt*. The prior is guided away from *negative_prior*, the decoder from
    *negative*; empty means nothing in particular.

    Raises:
        RegimeError: if there are no parts, or more than eight, or if their weights do
            not sum to one.
    """

    parts: tuple[Part, ...]
    prompt: str = ""
    negative: str = ""
    negative_prior: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.parts) <= MOST_PARTS:
            raise RegimeError(
                f"a subject has 1 to {MOST_PARTS} parts, got {len(self.parts)}"
            )
        total = sum(part.weight for part in self.parts)
        if not isclose(total, 1, abs_tol=TOLERANCE):
            weights = " + ".join(f"{part.weight:g}" for part in self.parts)
            raise RegimeError(f"weights must sum to 1, got {weights} = {total:g}")


@dataclass(frozen=True, slots=True)
class Blank:
    """Begins with noise."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Begins with *image* under noise: *strength* 1 leaves nothing of it, 0 all.

    Raises:
        RegimeError: if the strength is not above 0 and at most 1.
    """

    image: Image
    strength: float = 0.3

    def __post_init__(self) -> None:
        if not 0 < self.strength <= 1:
            raise RegimeError(
                f"strength must be above 0 and at most 1, got {self.strength:g}"
            )


@dataclass(frozen=True, slots=True)
class Masked:
    """Keeps *image* where *mask* is black and repaints it where it is white.

    Both have one size; they are scaled and cropped together to the recipe's.
    """

    image: Image
    mask: Image


@dataclass(frozen=True, slots=True)
class Window:
    """Keeps *image*, laid with its upper left corner at (*left*, *top*) in pixels.

    Around it the canvas, which has the recipe's size, is painted. A part of the image
    may lie outside the canvas.
    """

    image: Image
    left: int
    top: int


Canvas = Blank | Sketch | Masked | Window


@dataclass(frozen=True, slots=True)
class Regime:
    """A subject on a canvas."""

    subject: Subject
    canvas: Canvas = field(default_factory=Blank)


def text_to_image(
    prompt: str, *, negative: str = "", negative_prior: str = ""
) -> Regime:
    """A picture of *prompt*."""
    return Regime(_text_subject(prompt, negative, negative_prior))


def variation(image: Image, *, negative: str = "") -> Regime:
    """Another picture of the content of *image*."""
    return Regime(Subject(parts=(Part(image),), negative=negative))


def fusion(
    parts: Sequence[Part],
    *,
    prompt: str = "",
    negative: str = "",
    negative_prior: str = "",
) -> Regime:
    """A picture of all *parts* at once, texts and images, by weight."""
    subject = Subject(
        parts=tuple(parts),
        prompt=prompt,
        negative=negative,
        negative_prior=negative_prior,
    )
    return Regime(subject)


def image_to_image(
    image: Image,
    prompt: str,
    *,
    strength: float = 0.3,
    negative: str = "",
    negative_prior: str = "",
) -> Regime:
    """*image*, changed towards *prompt*, or freely towards its own content."""
    subject = _text_or_image_subject(prompt, image, negative, negative_prior)
    return Regime(subject, Sketch(image, strength))


def inpainting(
    image: Image,
    mask: Image,
    *,
    prompt: str = "",
    negative: str = "",
    negative_prior: str = "",
) -> Regime:
    """*image* with the white of *mask* repainted after *prompt*, or after itself."""
    subject = _text_or_image_subject(prompt, image, negative, negative_prior)
    return Regime(subject, Masked(image, mask))


def outpainting(  # noqa: PLR0913  # a name stands before all but the picture
    image: Image,
    *,
    left: int,
    top: int,
    prompt: str = "",
    negative: str = "",
    negative_prior: str = "",
) -> Regime:
    """*image* with more around it, painted after *prompt*, or after itself."""
    subject = _text_or_image_subject(prompt, image, negative, negative_prior)
    return Regime(subject, Window(image, left, top))


def _text_subject(prompt: str, negative: str, negative_prior: str) -> Subject:
    return Subject(
        parts=(Part(prompt),),
        prompt=prompt,
        negative=negative,
        negative_prior=negative_prior,
    )


def _text_or_image_subject(
    prompt: str, image: Image, negative: str, negative_prior: str
) -> Subject:
    """The subject *prompt*, or the content of *image* where there is none."""
    if prompt and not prompt.isspace():
        return _text_subject(prompt, negative, negative_prior)
    # no text goes through the prior, so there is nothing for it to be steered from
    return Subject(parts=(Part(image),), negative=negative)
