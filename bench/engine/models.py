"""Random weights in the published layout, of a size worth timing.

Their tokenizers are kandinsky-mini's. Nothing they paint means anything, and it takes
as long as if it did.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from shutil import copytree
from typing import Any, Final

import torch
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

BUNDLED: Final = Path(str(files("generation"))) / "bundled" / "kandinsky-mini"

HEAD: Final = 64
"""The width of an attention head, everywhere but in the U-Net of a smaller model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer:
    """So many *layers* of so much *width*; *words* where it reads."""

    layers: int
    width: int
    words: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The sizes in which models of this architecture differ."""

    name: str
    embedding: int
    vision: Transformer
    patch: int
    side: int
    clip: Transformer
    multilingual: Transformer
    prior: Transformer
    unet: tuple[int, ...]
    unet_head: int
    movq: tuple[int, ...]
    codes: int
    cells: int


MID: Final = Size(
    name="random-mid",
    embedding=256,
    vision=Transformer(layers=3, width=192),
    patch=8,
    side=64,
    clip=Transformer(layers=4, width=256, words=4000),
    multilingual=Transformer(layers=6, width=256, words=8000),
    prior=Transformer(layers=10, width=1024),
    unet=(96, 192, 288, 384),
    unet_head=32,
    movq=(32, 64, 64, 128),
    codes=1024,
    cells=32,
)
"""A quarter of the width, and half the side, of what was published."""

FULL: Final = Size(
    name="random-full",
    embedding=768,
    vision=Transformer(layers=24, width=1024),
    patch=14,
    side=224,
    clip=Transformer(layers=12, width=768, words=49408),
    multilingual=Transformer(layers=24, width=1024, words=250002),
    prior=Transformer(layers=20, width=2048),
    unet=(384, 768, 1152, 1536),
    unet_head=64,
    movq=(128, 256, 256, 512),
    codes=16384,
    cells=64,
)
"""Kandinsky 2.1: 3.3 billion parameters."""


def save(size: Size, folder: Path, *, device: torch.device, dtype: torch.dtype) -> Path:
    """Saves a model of *size* into *folder*, its numbers drawn on *device*."""
    torch.manual_seed(0)

    def write(part: str, make: Callable[[], Any]) -> None:
        with torch.device(device):
            network = make()
        network.to(dtype).save_pretrained(folder / part)

    for tokenizer in ("prior/tokenizer", "decoder/tokenizer"):
        copytree(BUNDLED / tokenizer, folder / tokenizer)
    _save_image_processor(folder / "prior" / "image_processor", size.side)
    write("prior/text_encoder", lambda: _clip_text(size))
    write("prior/image_encoder", lambda: _clip_vision(size))
    write("prior/prior", lambda: _prior(size))
    write("decoder/text_encoder", lambda: _multilingual(size))
    write("decoder/unet", lambda: _unet(size))
    write("decoder/movq", lambda: _movq(size))
    return folder


def _sides(part: Transformer, *, inner: int = 4) -> dict[str, Any]:
    return {
        "hidden_size": part.width,
        "intermediate_size": inner * part.width,
        "num_hidden_layers": part.layers,
        "num_attention_heads": part.width // HEAD,
    }


def _clip_text(size: Size) -> CLIPTextModelWithProjection:
    bundled = json.loads((BUNDLED / "prior/text_encoder/config.json").read_text())
    ends = {name: bundled[name] for name in ("bos_token_id", "eos_token_id")}
    config = CLIPTextConfig(
        **_sides(size.clip),
        **ends,
        vocab_size=size.clip.words,
        projection_dim=size.embedding,
    )
    return CLIPTextModelWithProjection(config)


def _clip_vision(size: Size) -> CLIPVisionModelWithProjection:
    config = CLIPVisionConfig(
        **_sides(size.vision),
        image_size=size.side,
        patch_size=size.patch,
        projection_dim=size.embedding,
    )
    return CLIPVisionModelWithProjection(config)


def _prior(size: Size) -> PriorTransformer:
    prior: PriorTransformer = PriorTransformer(
        num_attention_heads=size.prior.width // HEAD,
        attention_head_dim=HEAD,
        embedding_dim=size.embedding,
        num_layers=size.prior.layers,
    )
    for parameter in (prior.positional_embedding, prior.prd_embedding):
        torch.nn.init.normal_(parameter, std=0.02)
    torch.nn.init.ones_(prior.clip_std)
    return prior


def _multilingual(size: Size) -> MultilingualCLIP:
    config = MCLIPConfig(  # type: ignore[no-untyped-call]
        **_sides(size.multilingual),
        numDims=size.embedding,
        transformerDimensions=size.multilingual.width,
        vocab_size=size.multilingual.words,
        max_position_embeddings=514,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    return MultilingualCLIP(config)  # type: ignore[no-untyped-call]


def _unet(size: Size) -> UNet2DConditionModel:
    levels = len(size.unet) - 1
    unet: UNet2DConditionModel = UNet2DConditionModel(
        sample_size=size.cells,
        in_channels=4,
        out_channels=8,
        block_out_channels=size.unet,
        layers_per_block=3,
        down_block_types=(
            "ResnetDownsampleBlock2D",
            *["SimpleCrossAttnDownBlock2D"] * levels,
        ),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=(
            *["SimpleCrossAttnUpBlock2D"] * levels,
            "ResnetUpsampleBlock2D",
        ),
        resnet_time_scale_shift="scale_shift",
        attention_head_dim=size.unet_head,
        cross_attention_dim=size.embedding,
        encoder_hid_dim=size.multilingual.width,
        encoder_hid_dim_type="text_image_proj",
        addition_embed_type="text_image",
        addition_embed_type_num_heads=64,
    )
    return unet


def _movq(size: Size) -> VQModel:
    """Its last weights are damped: random ones would paint all black and white."""
    levels = len(size.movq) - 1
    movq: VQModel = VQModel(
        block_out_channels=size.movq,
        layers_per_block=2,
        down_block_types=(*["DownEncoderBlock2D"] * levels, "AttnDownEncoderBlock2D"),
        up_block_types=("AttnUpDecoderBlock2D", *["UpDecoderBlock2D"] * levels),
        norm_type="spatial",
        latent_channels=4,
        vq_embed_dim=4,
        num_vq_embeddings=size.codes,
    )
    movq.decoder.conv_out.weight.data *= 0.05
    return movq


def _save_image_processor(folder: Path, side: int) -> None:
    bundled = BUNDLED / "prior/image_processor/preprocessor_config.json"
    numbers = json.loads(bundled.read_text("utf-8"))
    numbers["crop_size"] = {"height": side, "width": side}
    numbers["size"] = {"shortest_edge": side}
    folder.mkdir(parents=True)
    (folder / "preprocessor_config.json").write_text(json.dumps(numbers), "utf-8")
