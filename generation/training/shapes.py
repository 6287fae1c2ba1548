"""The published networks at the widths of a plan."""

from collections.abc import Mapping
from typing import Any, Final

from tokenizers import Tokenizer
from transformers import CLIPTextConfig, CLIPVisionConfig

from generation.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MCLIPConfig,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.priors.residual import ResidualPrior

TOKENS: Final = 77
IMAGE_TOKENS: Final = 10
LATENT_CHANNELS: Final = 4

Shapes = Mapping[str, Any]


def text_encoder(shapes: Shapes, vocabulary: Tokenizer) -> CLIPTextModelWithProjection:
    """CLIP's text tower, reading the tokens of *vocabulary*."""
    end = vocabulary.token_to_id("<|endoftext|>")
    config = CLIPTextConfig(
        vocab_size=vocabulary.get_vocab_size(),
        hidden_size=shapes["embedding"],
        projection_dim=shapes["embedding"],
        max_position_embeddings=TOKENS,
        bos_token_id=vocabulary.token_to_id("<|startoftext|>"),
        eos_token_id=end,
        pad_token_id=end,
        **shapes["text_encoder"],
    )
    return CLIPTextModelWithProjection(config)


def image_encoder(shapes: Shapes, side: int) -> CLIPVisionModelWithProjection:
    """CLIP's image tower for squares of *side* pixels."""
    config = CLIPVisionConfig(
        image_size=side,
        projection_dim=shapes["embedding"],
        **shapes["image_encoder"],
    )
    return CLIPVisionModelWithProjection(config)


def multilingual(shapes: Shapes, vocabulary: Tokenizer) -> MultilingualCLIP:
    """The decoder's reader: XLM-R with a projection into CLIP's space."""
    make: Any = MCLIPConfig
    config = make(
        vocab_size=vocabulary.get_vocab_size(),
        max_position_embeddings=TOKENS + 2,
        type_vocab_size=1,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        layer_norm_eps=1e-5,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        transformerDimensions=shapes["multilingual"]["hidden_size"],
        numDims=shapes["embedding"],
        **shapes["multilingual"],
    )
    build: Any = MultilingualCLIP
    encoder: MultilingualCLIP = build(config)
    return encoder


def prior(shapes: Shapes) -> PriorTransformer:
    """The prior; its clip_mean and clip_std wait to be set."""
    network: PriorTransformer = PriorTransformer(
        embedding_dim=shapes["embedding"], **shapes["prior"]
    )
    return network


def residual(shapes: Shapes) -> ResidualPrior:
    """The residual prior; its means and deviations wait to be set."""
    return ResidualPrior(
        text=shapes["embedding"], embedding=shapes["embedding"], **shapes["residual"]
    )


def movq(shapes: Shapes) -> VQModel:
    """The autoencoder, spatially normalised by its latents, attentive at the bottom."""
    levels = len(shapes["movq"]["block_out_channels"])
    network: VQModel = VQModel(
        latent_channels=LATENT_CHANNELS,
        vq_embed_dim=LATENT_CHANNELS,
        norm_type="spatial",
        down_block_types=["DownEncoderBlock2D"] * (levels - 1)
        + ["AttnDownEncoderBlock2D"],
        up_block_types=["AttnUpDecoderBlock2D"] + ["UpDecoderBlock2D"] * (levels - 1),
        **shapes["movq"],
    )
    return network


def unet(shapes: Shapes, side: int) -> UNet2DConditionModel:
    """The decoder's denoiser for latents of squares of *side* pixels."""
    levels = len(shapes["unet"]["block_out_channels"])
    cell = 2 ** (len(shapes["movq"]["block_out_channels"]) - 1)
    network: UNet2DConditionModel = UNet2DConditionModel(
        sample_size=side // cell,
        in_channels=LATENT_CHANNELS,
        out_channels=2 * LATENT_CHANNELS,
        addition_embed_type="text_image",
        cross_attention_dim=shapes["embedding"],
        encoder_hid_dim=shapes["multilingual"]["hidden_size"],
        encoder_hid_dim_type="text_image_proj",
        resnet_time_scale_shift="scale_shift",
        down_block_types=["ResnetDownsampleBlock2D"]
        + ["SimpleCrossAttnDownBlock2D"] * (levels - 1),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=["SimpleCrossAttnUpBlock2D"] * (levels - 1)
        + ["ResnetUpsampleBlock2D"],
        **shapes["unet"],
    )
    return network
