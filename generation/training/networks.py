"""The published networks at the widths of a plan."""

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
from generation.training.widths import Widths

TOKENS: Final = 77
POSITIONS: Final = TOKENS + 2  # XLM-R counts them from behind its padding
IMAGE_TOKENS: Final = 10
LATENT_CHANNELS: Final = 4


def text_encoder(widths: Widths, vocabulary: Tokenizer) -> CLIPTextModelWithProjection:
    """CLIP's text tower, reading the tokens of *vocabulary*."""
    end = vocabulary.token_to_id("<|endoftext|>")
    given = widths.text_encoder.given
    config = CLIPTextConfig(
        vocab_size=_words(vocabulary, given.pop("vocab_size", None)),
        hidden_size=widths.embedding,
        projection_dim=widths.embedding,
        max_position_embeddings=TOKENS,
        bos_token_id=vocabulary.token_to_id("<|startoftext|>"),
        eos_token_id=end,
        pad_token_id=end,
        **given,
    )
    return CLIPTextModelWithProjection(config)


def image_encoder(widths: Widths, side: int) -> CLIPVisionModelWithProjection:
    """CLIP's image tower for squares of *side* pixels."""
    given = widths.image_encoder.given | {"image_size": side}
    config = CLIPVisionConfig(projection_dim=widths.embedding, **given)
    return CLIPVisionModelWithProjection(config)


def multilingual(widths: Widths, vocabulary: Tokenizer) -> MultilingualCLIP:
    """The decoder's reader: XLM-R with a projection into CLIP's space."""
    given = {"max_position_embeddings": POSITIONS} | widths.multilingual.given
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
        transformerDimensions=widths.multilingual.hidden_size,
        numDims=widths.embedding,
        **given,
    )
    build: Any = MultilingualCLIP
    encoder: MultilingualCLIP = build(config)
    return encoder


def _words(vocabulary: Tokenizer, wanted: int | None) -> int:
    """As many words as are *wanted*, and at least all of *vocabulary*."""
    known = vocabulary.get_vocab_size()
    if wanted is not None and wanted < known:
        raise PlanError(f"vocab_size is {wanted}, but the tokenizer has {known} tokens")
    return wanted or known


def prior(widths: Widths) -> PriorTransformer:
    """The prior; its clip_mean and clip_std wait to be set."""
    network: PriorTransformer = PriorTransformer(
        embedding_dim=widths.embedding, **widths.prior.given
    )
    return network


def residual(widths: Widths) -> ResidualNetwork:
    """The residual prior; its means and deviations wait to be set."""
    return ResidualNetwork(
        text=widths.embedding, embedding=widths.embedding, **widths.residual.given
    )


def movq(widths: Widths) -> VQModel:
    """The autoencoder, spatially normalised by its latents, attentive at the bottom."""
    levels = len(widths.movq.block_out_channels)
    network: VQModel = VQModel(
        latent_channels=LATENT_CHANNELS,
        vq_embed_dim=LATENT_CHANNELS,
        norm_type="spatial",
        down_block_types=["DownEncoderBlock2D"] * (levels - 1)
        + ["AttnDownEncoderBlock2D"],
        up_block_types=["AttnUpDecoderBlock2D"] + ["UpDecoderBlock2D"] * (levels - 1),
        **widths.movq.given,
    )
    return network


def unet(widths: Widths, side: int) -> UNet2DConditionModel:
    """The decoder's denoiser for latents of squares of *side* pixels."""
    levels = len(widths.unet.block_out_channels)
    network: UNet2DConditionModel = UNet2DConditionModel(
        sample_size=side // widths.cell,
        in_channels=LATENT_CHANNELS,
        out_channels=2 * LATENT_CHANNELS,
        addition_embed_type="text_image",
        cross_attention_dim=widths.embedding,
        encoder_hid_dim=widths.multilingual.hidden_size,
        encoder_hid_dim_type="text_image_proj",
        resnet_time_scale_shift="scale_shift",
        down_block_types=["ResnetDownsampleBlock2D"]
        + ["SimpleCrossAttnDownBlock2D"] * (levels - 1),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=["SimpleCrossAttnUpBlock2D"] * (levels - 1)
        + ["ResnetUpsampleBlock2D"],
        **widths.unet.given,
    )
    return network
