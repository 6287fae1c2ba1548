"""How wide and how deep a plan's networks are; `shapes` builds them.

Keys are those of the published classes. What may be left out is as in Kandinsky 2.1,
unless a field says otherwise.
"""

from typing import Annotated, Self

from pydantic import Field, PositiveInt, model_validator

from generation.training.config import Table

Channels = Annotated[
    tuple[Annotated[int, Field(gt=0, multiple_of=32)], ...], Field(strict=False)
]
"""Channels of each level, the finest first; they are normalised in groups of 32."""


class TextEncoder(Table):
    """CLIP's text tower; it has as many words as its tokenizer unless it says more."""

    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    intermediate_size: PositiveInt
    vocab_size: PositiveInt | None = None


class Tower(Table):
    """A transformer whose heads share its width."""

    hidden_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    intermediate_size: PositiveInt

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        divides("hidden_size", self.hidden_size, self.num_attention_heads)
        return self


class ImageEncoder(Tower):
    """CLIP's image tower; it sees the plan's side unless it has an *image_size*."""

    patch_size: PositiveInt
    image_size: PositiveInt | None = None


class Multilingual(Tower):
    """XLM-R; it has as many words as its tokenizer unless it says more."""

    vocab_size: PositiveInt | None = None
    max_position_embeddings: Annotated[int, Field(ge=79)] | None = None


class Prior(Table):
    """The transformer of the diffusion prior."""

    num_layers: PositiveInt
    num_attention_heads: PositiveInt
    attention_head_dim: PositiveInt


class Residual(Table):
    """The residual prior, whose blocks widen by *expansion* inside."""

    width: PositiveInt
    blocks: PositiveInt
    expansion: PositiveInt


class Movq(Table):
    """The autoencoder; each level but the last halves a picture."""

    block_out_channels: Channels
    layers_per_block: PositiveInt
    num_vq_embeddings: PositiveInt


class Unet(Table):
    """The decoder; each level but the last halves a latent."""

    block_out_channels: Channels
    layers_per_block: PositiveInt
    attention_head_dim: PositiveInt

    @model_validator(mode="after")
    def _heads_share_the_channels(self) -> Self:
        for channels in self.block_out_channels[1:]:
            divides("block_out_channels", channels, self.attention_head_dim)
        return self


class Widths(Table):
    """All networks of a plan; *embedding* is also the width of the text tower."""

    embedding: PositiveInt
    text_encoder: TextEncoder
    image_encoder: ImageEncoder
    multilingual: Multilingual
    prior: Prior
    residual: Residual
    movq: Movq
    unet: Unet

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
