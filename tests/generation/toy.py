"""A Kandinsky of real classes at toy width, random and saved in the published layout.

What random initialisation leaves at zero is filled in: a prior of zero deviation
answers one embedding to everything, and one without positions hides their order. What
it makes large is damped: a picture of nothing but black and white hides differences.
"""

import json
import string
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import CLIPTextConfig, CLIPVisionConfig

from generation.checkpoints.families import Family
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MCLIPConfig,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.checkpoints.regressions import LinearNetwork, ResidualNetwork

EMBEDDING = 32
SIDE = 32
XLM_WIDTH = 24
CONTEXT_22 = 16
LETTERS = string.ascii_lowercase + string.digits
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"


def save_toy(
    folder: Path,
    *,
    prior: str = "prior",
    decoder: str = "decoder",
    inpaint: str | None = "inpaint",
    family: Family = Family.KANDINSKY_21,
) -> Path:
    """Saves a model into *folder* under the given names of its halves."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_prior_half(folder / prior)
        save_decoder_half(folder / decoder, family)
        if inpaint:
            save_unet(folder / inpaint / "unet", family, in_channels=9)
        save_regressions(folder / prior)
    return folder


def save_prior_half(half: Path) -> None:
    _save_clip_tokenizer(half / "tokenizer")
    size: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 37,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "projection_dim": EMBEDDING,
    }
    ends: dict[str, Any] = {
        "bos_token_id": 0,
        "eos_token_id": 1,
        "vocab_size": 2 + 2 * len(LETTERS),
    }
    text = CLIPTextModelWithProjection(CLIPTextConfig(**size, **ends))
    text.save_pretrained(half / "text_encoder")
    vision = CLIPVisionConfig(**size, image_size=SIDE, patch_size=8)
    CLIPVisionModelWithProjection(vision).save_pretrained(half / "image_encoder")
    _save_image_processor(half / "image_processor")
    toy_prior().save_pretrained(half / "prior")


def save_regressions(half: Path) -> None:
    """The priors beside the diffusion prior."""
    both = {"text": EMBEDDING, "embedding": EMBEDDING}
    linear = LinearNetwork(**both)
    torch.nn.init.normal_(linear.weight, std=0.2)
    residual = ResidualNetwork(**both, width=16, blocks=2, expansion=2)
    for regression in (linear, residual):
        torch.nn.init.normal_(regression.clip_mean)
        torch.nn.init.uniform_(regression.clip_std, 0.5, 1.5)
        regression.save(half / regression.kind)


def save_decoder_half(half: Path, family: Family, *, in_channels: int = 4) -> None:
    if family.reads_prompts:
        save_multilingual(half)
    save_unet(half / "unet", family, in_channels=in_channels)
    toy_movq().save_pretrained(half / "movq")


def save_multilingual(half: Path) -> None:
    """XLM-R and its tokenizer."""
    tokens = _save_xlm_tokenizer(half / "tokenizer")
    config = MCLIPConfig(
        numDims=EMBEDDING,
        transformerDimensions=XLM_WIDTH,
        hidden_size=XLM_WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        vocab_size=tokens,
        max_position_embeddings=80,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    MultilingualCLIP(config).save_pretrained(half / "text_encoder")


def save_unet(folder: Path, family: Family, *, in_channels: int = 4) -> None:
    toy_unet(family, in_channels=in_channels).save_pretrained(folder)


def toy_prior() -> PriorTransformer:
    prior: PriorTransformer = PriorTransformer(
        num_attention_heads=2,
        attention_head_dim=12,
        embedding_dim=EMBEDDING,
        num_layers=2,
    )
    for parameter in (prior.positional_embedding, prior.prd_embedding):
        torch.nn.init.normal_(parameter, std=0.1)
    torch.nn.init.normal_(prior.clip_mean)
    torch.nn.init.uniform_(prior.clip_std, 0.5, 1.5)
    return prior


def toy_movq() -> VQModel:
    movq: VQModel = VQModel(
        block_out_channels=[32, 32, 64],
        norm_num_groups=8,
        norm_type="spatial",
        num_vq_embeddings=12,
        vq_embed_dim=4,
        latent_channels=4,
        layers_per_block=1,
        down_block_types=["DownEncoderBlock2D"] * 2 + ["AttnDownEncoderBlock2D"],
        up_block_types=["AttnUpDecoderBlock2D"] + ["UpDecoderBlock2D"] * 2,
    )
    movq.decoder.conv_out.weight.data *= 0.05
    return movq


def toy_unet(family: Family, *, in_channels: int = 4) -> UNet2DConditionModel:
    entries: dict[Family, dict[str, Any]] = {
        Family.KANDINSKY_21: {
            "cross_attention_dim": EMBEDDING,
            "encoder_hid_dim": XLM_WIDTH,
            "encoder_hid_dim_type": "text_image_proj",
            "addition_embed_type": "text_image",
        },
        Family.KANDINSKY_22: {
            "cross_attention_dim": CONTEXT_22,
            "encoder_hid_dim": EMBEDDING,
            "encoder_hid_dim_type": "image_proj",
            "addition_embed_type": "image",
        },
    }
    unet: UNet2DConditionModel = UNet2DConditionModel(
        sample_size=8,
        in_channels=in_channels,
        out_channels=8,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        resnet_time_scale_shift="scale_shift",
        attention_head_dim=4,
        addition_embed_type_num_heads=4,
        **entries[family],
    )
    return unet


def _save_image_processor(folder: Path) -> None:
    folder.mkdir(parents=True)
    numbers = {
        "crop_size": {"height": SIDE, "width": SIDE},
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.25, 0.25, 0.25],
        "size": {"shortest_edge": SIDE},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(numbers))


def _save_clip_tokenizer(folder: Path) -> None:
    """Spells: a token for each letter, and one for each letter that ends a word."""
    folder.mkdir(parents=True)
    words = [
        "<|startoftext|>",
        "<|endoftext|>",
        *LETTERS,
        *(f"{c}</w>" for c in LETTERS),
    ]
    vocabulary = {word: i for i, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")


def _save_xlm_tokenizer(folder: Path) -> int:
    """Spells in both scripts; answers the number of tokens."""
    folder.mkdir(parents=True)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    letters = [*"▁", *LETTERS, *CYRILLIC]
    words = [(word, 0.0) for word in special] + [(letter, -4.0) for letter in letters]
    tokenizer = Tokenizer(models.Unigram(words, unk_id=3))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(special)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "XLMRobertaTokenizerFast", "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    return tokenizer.get_vocab_size()
