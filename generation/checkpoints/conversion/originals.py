"""The authors' checkpoints of Kandinsky 2.1, brought into the published layout."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import Tensor

from generation.checkpoints.conversion.keymaps.moves import Moves, apply_moves
from generation.checkpoints.conversion.keymaps.movq import movq_moves
from generation.checkpoints.conversion.keymaps.prior import STATISTICS, prior_moves
from generation.checkpoints.conversion.keymaps.unet import unet_moves
from generation.checkpoints.conversion.pickles import (
    Converted,
    save,
    state,
    unpickled,
)
from generation.checkpoints.networks import (
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.errors import WeightsError

PRIOR: Final = "prior_fp16.ckpt"
STATS: Final = "ViT-L-14_stats.th"
UNET: Final = "decoder_fp16.ckpt"
INPAINT: Final = "inpainting_fp16.ckpt"
MOVQ: Final = "movq_final.ckpt"
CHECKPOINTS: Final = (PRIOR, UNET, INPAINT, MOVQ)

WEIGHTS: Final = "diffusion_pytorch_model.safetensors"


Sizes = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """Arguments of diffusers' constructors, network by network."""

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
"""The published sizes of Kandinsky 2.1, which its checkpoints do not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartConversion:
    """Conversion of a checkpoint into the folder *part*, a network of class *kind*."""

    kind: type[Any]
    sizes: Sizes
    moves: Callable[[Mapping[str, Any]], Moves]
    part: str

    def save(self, tensors: Mapping[str, Tensor], source: Path, to: Path) -> Converted:
        """Writes the part below *to*, or raises what *source* lacks."""
        with torch.device("meta"):
            network = self.kind(**self.sizes)
        moves = list(self.moves(network.config))
        sources = {move.source for move in moves}
        if missing := sorted(sources - tensors.keys()):
            raise WeightsError(
                f"{source} lacks {len(missing)} of the {len(sources)} tensors of "
                f"{self.part} in Kandinsky 2.1, such as {missing[0]}: fetch it again"
            )
        shapes = {name: tuple(t.shape) for name, t in network.state_dict().items()}
        try:
            found = apply_moves(moves, tensors, shapes)
        except (RuntimeError, ValueError) as error:
            raise WeightsError(
                f"{source} does not hold {self.part} of Kandinsky 2.1: {error}"
            ) from error
        save(found, to / self.part / WEIGHTS)
        network.save_config(to / self.part)
        return Converted(
            part=self.part,
            source=source,
            tensors=len(found),
            unexpected=tuple(sorted(tensors.keys() - sources)),
        )


def convert_originals(
    source: Path, to: Path, architecture: Architecture
) -> Iterator[Converted]:
    """Converts the checkpoints in *source*, one by one, into the folder *to*."""
    if (file := source / PRIOR).is_file():
        prior = PartConversion(
            kind=PriorTransformer,
            sizes=architecture.prior,
            moves=prior_moves,
            part="prior/prior",
        )
        yield prior.save({**state(file), **_statistics(source / STATS)}, file, to)
    for name, part, sizes in (
        (UNET, "decoder/unet", architecture.unet),
        (INPAINT, "inpaint/unet", architecture.inpaint),
    ):
        if (file := source / name).is_file():
            unet = PartConversion(
                kind=UNet2DConditionModel, sizes=sizes, moves=unet_moves, part=part
            )
            yield unet.save(state(file), file, to)
    if (file := source / MOVQ).is_file():
        movq = PartConversion(
            kind=VQModel, sizes=architecture.movq, moves=movq_moves, part="decoder/movq"
        )
        yield movq.save(state(file), file, to)


def _statistics(file: Path) -> dict[str, Tensor]:
    """Mean and deviation of the prior's embeddings."""
    found = unpickled(file)
    if not isinstance(found, tuple | list) or len(found) != len(STATISTICS):
        raise WeightsError(f"{file} holds no pair of {' and '.join(STATISTICS)}")
    return dict(zip(STATISTICS, found, strict=True))
