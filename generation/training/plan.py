"""What a training run does, read from a TOML file."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from generation.errors import PlanError
from generation.training.config import Share, Table, checked
from generation.training.ssim import WINDOW
from generation.training.widths import Widths, divides
from generation.world.repertoire import BACKGROUNDS, SUBJECTS


class Schedule(Table):
    """How long and how fast one network learns.

    *rate* is reached after *warmup* steps and falls to zero over the last fifth;
    *average* is the decay of the averaged weights, which are the ones that are kept.
    AdamW remembers two numbers for every weight, Adafactor fewer than one.
    """

    steps: PositiveInt
    batch: PositiveInt
    rate: PositiveFloat
    warmup: NonNegativeInt
    average: Annotated[float, Field(ge=0, lt=1)]
    save_every: PositiveInt
    optimizer: Literal["adamw", "adafactor"] = "adamw"


class Contrasting(Schedule):
    """CLIP's, whose image tower may be *locked*: texts come to it, it stays."""

    locked: bool = False


class Painting(Schedule):
    """The autoencoder's, with weights of what CLIP sees and of what a critic says."""

    perceptual: NonNegativeFloat
    adversarial: NonNegativeFloat


class Imagining(Schedule):
    """The prior's, which some texts are kept from."""

    drop_text: Share


class Denoising(Schedule):
    """The decoder's, which texts and embeddings are kept from, each by itself."""

    drop_text: Share
    drop_image: Share
    square_share: Share


class Filling(Schedule):
    """The inpainting decoder's, which keeps the decoder's own weights in some parts."""

    shares: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Regressing(Table):
    """How many captions of each picture the linear prior is fitted to."""

    captions: PositiveInt
    ridge: NonNegativeFloat


class Vocabularies(Table):
    """How many captions the tokenizers learn how many tokens from."""

    captions: PositiveInt
    clip_vocabulary: PositiveInt
    multilingual_vocabulary: PositiveInt


def _kinds(known: Mapping[str, float]) -> AfterValidator:
    def of(shares: dict[str, float]) -> dict[str, float]:
        if unknown := set(shares) - set(known):
            names = ", ".join(sorted(unknown))
            raise ValueError(f"{names} is unknown; known are {', '.join(known)}")
        if not sum(shares.values()):
            raise ValueError("at least one share must be above 0")
        return shares

    return AfterValidator(of)


class World(Table):
    """What the rendered world shows, where nothing else is learnt from.

    Kinds of subjects and backgrounds and how often there are, *styled* the share of
    the pictures of things that are in a style.
    """

    font: Annotated[Path, Field(strict=False)]
    subjects: Annotated[dict[str, NonNegativeFloat], _kinds(SUBJECTS)]
    backgrounds: Annotated[dict[str, NonNegativeFloat], _kinds(BACKGROUNDS)]
    styled: Share


class Frames(Table):
    """How many pictures of one format are encoded; *size* is in sides."""

    size: Annotated[tuple[PositiveFloat, PositiveFloat], Field(strict=False)]
    pictures: PositiveInt

    def pixels(self, side: int) -> tuple[int, int]:
        """Width and height when the shorter side is *side* pixels."""
        return round(self.size[0] * side), round(self.size[1] * side)


def _squares_first(frames: tuple[Frames, ...]) -> tuple[Frames, ...]:
    if [frame.size for frame in frames[:1]] != [(1, 1)]:
        raise ValueError("the first size must be [1.0, 1.0]: priors learn from squares")
    return frames


class Latents(Table):
    """Which pictures are encoded once, and so many at a time."""

    batch: PositiveInt
    frames: Annotated[
        tuple[Frames, ...], Field(strict=False), AfterValidator(_squares_first)
    ]


class Defaults(Table):
    """What the engine does with the trained model, where nobody wishes otherwise."""

    steps: PositiveInt | None = None
    guidance: Annotated[float, Field(ge=1)] | None = None
    prior_steps: Annotated[int, Field(ge=2)] | None = None
    prior_guidance: Annotated[float, Field(ge=1)] | None = None


class Plan(Table):
    """One reproducible training run, from captions to a bundle.

    Unless *samples* is false, pictures show what a stage can do whenever it saves; the
    whole engine has to fit beside the training for that.
    """

    seed: NonNegativeInt
    side: Annotated[int, Field(ge=WINDOW)]  # or nothing has structure
    samples: bool = True
    world: World
    tokenizers: Vocabularies
    shapes: Widths
    clip: Contrasting
    autoencoder: Painting
    latents: Latents
    prior: Imagining
    linear: Regressing
    residual: Schedule
    decoder: Denoising
    inpaint: Filling
    polish: Schedule
    defaults: Defaults

    @classmethod
    def read(cls, file: Path, changes: Sequence[str] = ()) -> Self:
        """The plan in *file* after *changes*, or PlanError, which names every fault.

        A change is a line of TOML, such as `decoder.steps = 1`.
        """
        try:
            contents = tomllib.loads(file.read_text("utf-8"))
            for change in changes:
                contents = _overlaid(contents, _parsed(change))
            return checked(cls, contents)
        except (OSError, ValueError, PlanError) as error:
            raise PlanError(f"{file} is not a training plan:\n{error}") from error

    @model_validator(mode="after")
    def _sides_divide(self) -> Self:
        divides("side", self.side, self.shapes.coarsest)
        for frames in self.latents.frames:
            for pixels in frames.pixels(self.side):
                divides("a side of latents.frames", pixels, self.shapes.coarsest)
        divides("what CLIP sees", self.seen, self.shapes.image_encoder.patch_size)
        return self

    @property
    def seen(self) -> int:
        """Pixels of a side of what CLIP sees."""
        return self.shapes.image_encoder.image_size or self.side

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """The schedule of every stage that takes steps."""
        tables = {name: getattr(self, name) for name in type(self).model_fields}
        return {n: table for n, table in tables.items() if isinstance(table, Schedule)}


def _parsed(change: str) -> dict[str, Any]:
    try:
        return tomllib.loads(change)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{change} is not a line of TOML: {error}") from error


def _overlaid(contents: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """*contents* with the values of *change*, table by table."""
    overlaid = dict(contents)
    for key, value in change.items():
        match contents.get(key), value:
            case dict() as old, dict():
                overlaid[key] = _overlaid(old, value)
            case _:
                overlaid[key] = value
    return overlaid
