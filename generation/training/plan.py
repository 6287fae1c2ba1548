"""The plan of a training run, read from a TOML file."""

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
from generation.training.config import ConfigModel, Share, validated
from generation.training.ssim import WINDOW
from generation.world.repertoire import BACKGROUNDS, SUBJECTS

Channels = Annotated[
    tuple[Annotated[int, Field(gt=0, multiple_of=32)], ...], Field(strict=False)
]
"""Channels of each level, the finest first; they are normalised in groups of 32."""


class TextEncoderSizes(ConfigModel):
    """CLIP's text tower; it has as many words as its tokenizer unless it says more."""

    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    intermediate_size: PositiveInt
    vocab_size: PositiveInt | None = None


class TransformerSizes(ConfigModel):
    """A transformer whose heads share its width."""

    hidden_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    intermediate_size: PositiveInt

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        divides("hidden_size", self.hidden_size, self.num_attention_heads)
        return self


class ImageEncoderSizes(TransformerSizes):
    """CLIP's image tower; it sees the plan's side unless it has an *image_size*."""

    patch_size: PositiveInt
    image_size: PositiveInt | None = None


class MultilingualSizes(TransformerSizes):
    """XLM-R; it has as many words as its tokenizer unless it says more."""

    vocab_size: PositiveInt | None = None
    max_position_embeddings: Annotated[int, Field(ge=79)] | None = None


class PriorSizes(ConfigModel):
    """The transformer of the diffusion prior."""

    num_layers: PositiveInt
    num_attention_heads: PositiveInt
    attention_head_dim: PositiveInt


class ResidualSizes(ConfigModel):
    """The residual prior, whose blocks widen by *expansion* inside."""

    width: PositiveInt
    blocks: PositiveInt
    expansion: PositiveInt


class MovqSizes(ConfigModel):
    """The autoencoder; each level but the last halves a picture."""

    block_out_channels: Channels
    layers_per_block: PositiveInt
    num_vq_embeddings: PositiveInt


class UnetSizes(ConfigModel):
    """The decoder; each level but the last halves a latent."""

    block_out_channels: Channels
    layers_per_block: PositiveInt
    attention_head_dim: PositiveInt

    @model_validator(mode="after")
    def _heads_share_the_channels(self) -> Self:
        for channels in self.block_out_channels[1:]:
            divides("block_out_channels", channels, self.attention_head_dim)
        return self


class NetworkSizes(ConfigModel):
    """All networks of a plan; *embedding* is also the width of the text tower."""

    embedding: PositiveInt
    text_encoder: TextEncoderSizes
    image_encoder: ImageEncoderSizes
    multilingual: MultilingualSizes
    prior: PriorSizes
    residual: ResidualSizes
    movq: MovqSizes
    unet: UnetSizes

    @model_validator(mode="after")
    def _heads_share_the_embedding(self) -> Self:
        divides("embedding", self.embedding, self.text_encoder.num_attention_heads)
        return self

    @property
    def cell(self) -> int:
        """Pixels of a side that become one cell of a latent."""
        return 1 << (len(self.movq.block_out_channels) - 1)

    @property
    def coarsest(self) -> int:
        """Pixels of a side that the decoder's last level sees as one."""
        return self.cell << (len(self.unet.block_out_channels) - 1)


def divides(name: str, number: int, by: int) -> None:
    """ValueError unless *number*, which goes by that *name*, divides by *by*."""
    if number % by:
        raise ValueError(f"{name} must divide by {by}, got {number}")


class Schedule(ConfigModel):
    """Steps, batch and learning rate of one network.

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


class ClipConfig(Schedule):
    """CLIP's, whose image tower may be *locked*: texts come to it, it stays."""

    locked: bool = False


class AutoencoderConfig(Schedule):
    """The autoencoder's, with weights of what CLIP sees and of what a critic says."""

    perceptual: NonNegativeFloat
    adversarial: NonNegativeFloat


class PriorConfig(Schedule):
    """The prior's, which some texts are kept from."""

    drop_text: Share


class DecoderConfig(Schedule):
    """The decoder's, which texts and embeddings are kept from, each by itself."""

    drop_text: Share
    drop_image: Share
    square_share: Share


class InpaintConfig(Schedule):
    """The inpainting decoder's, which keeps the decoder's own weights in some parts."""

    shares: Annotated[tuple[str, ...], Field(strict=False)] = ()


class LinearConfig(ConfigModel):
    """The linear prior's: captions of each picture, and the ridge penalty."""

    captions: PositiveInt
    ridge: NonNegativeFloat


class Tokenizers(ConfigModel):
    """The tokenizers': captions to learn from, and sizes of their vocabularies."""

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


class WorldConfig(ConfigModel):
    """Contents of the rendered world, which is the default dataset.

    Kinds of subjects and backgrounds and how often there are, *styled* the share of
    the pictures of things that are in a style.
    """

    font: Annotated[Path, Field(strict=False)]
    subjects: Annotated[dict[str, NonNegativeFloat], _kinds(SUBJECTS)]
    backgrounds: Annotated[dict[str, NonNegativeFloat], _kinds(BACKGROUNDS)]
    styled: Share


class FrameConfig(ConfigModel):
    """Pictures of one format to encode; *size* is in sides."""

    size: Annotated[tuple[PositiveFloat, PositiveFloat], Field(strict=False)]
    pictures: PositiveInt

    def pixels(self, side: int) -> tuple[int, int]:
        """Width and height when the shorter side is *side* pixels."""
        return round(self.size[0] * side), round(self.size[1] * side)


def _squares_first(frames: tuple[FrameConfig, ...]) -> tuple[FrameConfig, ...]:
    if [frame.size for frame in frames[:1]] != [(1, 1)]:
        raise ValueError("the first size must be [1.0, 1.0]: priors learn from squares")
    return frames


class LatentsConfig(ConfigModel):
    """Pictures to encode once, and the batch to encode them in."""

    batch: PositiveInt
    frames: Annotated[
        tuple[FrameConfig, ...], Field(strict=False), AfterValidator(_squares_first)
    ]


class EngineDefaults(ConfigModel):
    """Defaults of the engine for the trained model."""

    steps: PositiveInt | None = None
    guidance: Annotated[float, Field(ge=1)] | None = None
    prior_steps: Annotated[int, Field(ge=2)] | None = None
    prior_guidance: Annotated[float, Field(ge=1)] | None = None


class Plan(ConfigModel):
    """One reproducible training run, from captions to a bundle.

    Unless *samples* is false, pictures show what a stage can do whenever it saves; the
    whole engine has to fit beside the training for that.
    """

    seed: NonNegativeInt
    side: Annotated[int, Field(ge=WINDOW)]  # or nothing has structure
    samples: bool = True
    world: WorldConfig
    tokenizers: Tokenizers
    shapes: NetworkSizes
    clip: ClipConfig
    autoencoder: AutoencoderConfig
    latents: LatentsConfig
    prior: PriorConfig
    linear: LinearConfig
    residual: Schedule
    decoder: DecoderConfig
    inpaint: InpaintConfig
    polish: Schedule
    defaults: EngineDefaults

    @classmethod
    def read(cls, file: Path, changes: Sequence[str] = ()) -> Self:
        """The plan in *file* after *changes*, or PlanError, which names every fault.

        A change is a line of TOML, such as `decoder.steps = 1`.
        """
        try:
            contents = tomllib.loads(file.read_text("utf-8"))
            for change in changes:
                contents = _overlaid(contents, _parsed(change))
            return validated(cls, contents)
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
