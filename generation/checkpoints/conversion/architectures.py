"""The published sizes of Kandinsky 2.1, which its original checkpoints do not tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

Sizes = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What the constructors of diffusers are told, network by network."""

    prior: Sizes
    unet: Sizes
    inpaint: Sizes
    movq: Sizes


_UNET: Final[Sizes] = MappingProxyType(
    {
        "act_fn": "silu",
        "addition_embed_type": "text_image",
        "addition_embed_type_num_heads": 64,
        "attention_head_dim": 64,
        "block_out_channels": [384, 768, 1152, 1536],
        "cross_attention_dim": 768,
        "down_block_types": [
            "ResnetDownsampleBlock2D",
            "SimpleCrossAttnDownBlock2D",
            "SimpleCrossAttnDownBlock2D",
            "SimpleCrossAttnDownBlock2D",
        ],
        "encoder_hid_dim": 1024,
        "encoder_hid_dim_type": "text_image_proj",
        "in_channels": 4,
        "layers_per_block": 3,
        "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
        "out_channels": 8,
        "resnet_time_scale_shift": "scale_shift",
        "sample_size": 64,
        "up_block_types": [
            "SimpleCrossAttnUpBlock2D",
            "SimpleCrossAttnUpBlock2D",
            "SimpleCrossAttnUpBlock2D",
            "ResnetUpsampleBlock2D",
        ],
    }
)

PUBLISHED: Final = Architecture(
    prior=MappingProxyType(
        {
            "embedding_dim": 768,
            "num_attention_heads": 32,
            "attention_head_dim": 64,
            "num_layers": 20,
            "num_embeddings": 77,
            "additional_embeddings": 4,
        }
    ),
    unet=_UNET,
    inpaint=MappingProxyType({**_UNET, "in_channels": 9}),
    movq=MappingProxyType(
        {
            "in_channels": 3,
            "out_channels": 3,
            "latent_channels": 4,
            "block_out_channels": [128, 256, 256, 512],
            "layers_per_block": 2,
            "down_block_types": [
                "DownEncoderBlock2D",
                "DownEncoderBlock2D",
                "DownEncoderBlock2D",
                "AttnDownEncoderBlock2D",
            ],
            "up_block_types": [
                "AttnUpDecoderBlock2D",
                "UpDecoderBlock2D",
                "UpDecoderBlock2D",
                "UpDecoderBlock2D",
            ],
            "num_vq_embeddings": 16384,
            "vq_embed_dim": 4,
            "norm_type": "spatial",
        }
    ),
)
