"""A CLIP image encoder of the real class at toy width, random."""

from pathlib import Path

import torch

from tests.moderation.networks import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

SIDE = 32
DIMENSION = 16


def save_toy_clip(folder: Path) -> Path:
    """Saves the encoder into *folder* as transformers lays it out."""
    config = CLIPVisionConfig(
        image_size=SIDE,
        patch_size=8,
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=DIMENSION,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        CLIPVisionModelWithProjection(config).save_pretrained(folder)
    crop = {"height": SIDE, "width": SIDE}
    CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=crop).save_pretrained(
        folder
    )
    return folder
