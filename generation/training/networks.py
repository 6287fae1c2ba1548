"""Untrained networks of the published classes, at the sizes of a plan."""

from typing import Any, Final

from tokenizers import Tokenizer
from transformers import CLIPTextConfig, CLIPVisionConfig

from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MCLIPConfig,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.checkpoints.regressions import ResidualNetwork
from generation.errors import PlanError
from generation.training.plan import NetworkSizes

TOKENS: Final = 77
POSITIONS: Final = TOKENS + 2  # XLM-R counts them from behind its padding
IMAGE_TOKENS: Final = 10
LATENT_CHANNELS: Final = 4


def text_encoder(
    sizes: NetworkSizes, vocabulary: Tokenizer
) -> CLIPTextModelWithProjection:
    """CLIP's text tower, reading the tokens of *vocabulary*."""
    end = vocabulary.token_to_id("<|endoftext|>")
    given = sizes.text_encoder.set_values
    config = CLIPTextConfig(
        vocab_size=_words(vocabulary, given.pop("vocab_size", None)),
        hidden_size=sizes.embedding,
        projection_dim=sizes.embedding,
        max_position_embeddings=TOKENS,
        bos_token_id=vocabulary.token_to_id("<|startoftext|>"),
        eos_token_id=end,
        pad_token_id=end,
        **given,
    )
    return CLIPTextModelWithProjection(config)


def image_encoder(sizes: NetworkSizes, side: int) -> CLIPVisionModelWithProjection:
    """CLIP's image tower for squares of *side* pixels."""
    given = sizes.image_encoder.set_values | {"image_size": side}
    config = CLIPVisionConfig(projection_dim=sizes.embedding, **given)
    return CLIPVisionModelWithProjection(config)


def multilingual(sizes: NetworkSizes, vocabulary: Tokenizer) -> MultilingualCLIP:
    """The decoder's reader: XLM-R with a projection into CLIP's space."""
    given = {"max_position_embeddings": POSITIONS} | sizes.multilingual.set_values
    make: Any = MCLIPConfig
    config = make(
        vocab_size=_words(vocabulary, given.pop("vocab_size", None)),
        type_vocab_size=1,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        layer_norm_eps=1e-5,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        transformerDimensions=sizes.multilingual.hidden_size,
        numDims=sizes.embedding,
        **given,
    )
    build: Any = MultilingualCLIP
    encoder: MultilingualCLIP = build(config)
    return encoder


def _words(vocabulary: Tokenizer, wanted: int | None) -> int:
    """The *wanted* size of a vocabulary, at least that of the tokenizer."""
    known = vocabulary.get_vocab_size()
    if wanted is not None and wanted < known:
        raise PlanError(f"vocab_size is {wanted}, but the tokenizer has {known} tokens")
    return wanted or known


def prior(sizes: NetworkSizes) -> PriorTransformer:
    """The prior; its clip_mean and clip_std wait to be set."""
    network: PriorTransformer = PriorTransformer(
        embedding_dim=sizes.embedding, **sizes.prior.set_values
    )
    return network


def residual(sizes: NetworkSizes) -> ResidualNetwork:
    """The residual prior; its means and deviations wait to be set."""
    return ResidualNetwork(
        text=sizes.embedding, embedding=sizes.embedding, **sizes.residual.set_values
    )


def movq(sizes: NetworkSizes) -> VQModel:
    """The autoencoder, spatially normalised by its latents, attentive at the bottom."""
    levels = len(sizes.movq.block_out_channels)
    network: VQModel = VQModel(
        latent_channels=LATENT_CHANNELS,
        vq_embed_dim=LATENT_CHANNELS,
        norm_type="spatial",
        down_block_types=["DownEncoderBlock2D"] * (levels - 1)
        + ["AttnDownEncoderBlock2D"],
        up_block_types=["AttnUpDecoderBlock2D"] + ["UpDecoderBlock2D"] * (levels - 1),
        **sizes.movq.set_values,
    )
    return network


def unet(sizes: NetworkSizes, side: int) -> UNet2DConditionModel:
    """The decoder's denoiser for latents of squares of *side* pixels."""
    levels = len(sizes.unet.block_out_channels)
    network: UNet2DConditionModel = UNet2DConditionModel(
        sample_size=side // sizes.cell,
        in_channels=LATENT_CHANNELS,
        out_channels=2 * LATENT_CHANNELS,
        addition_embed_type="text_image",
        cross_attention_dim=sizes.embedding,
        encoder_hid_dim=sizes.multilingual.hidden_size,
        encoder_hid_dim_type="text_image_proj",
        resnet_time_scale_shift="scale_shift",
        down_block_types=["ResnetDownsampleBlock2D"]
        + ["SimpleCrossAttnDownBlock2D"] * (levels - 1),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=["SimpleCrossAttnUpBlock2D"] * (levels - 1)
        + ["ResnetUpsampleBlock2D"],
        **sizes.unet.set_values,
    )
    return network
