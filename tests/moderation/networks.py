"""Imports that must come after torchvision has been made importable."""

# ruff: noqa: E402  # the order is the point
from torch_runtime.torchvision_operators import declare_missing_operators

declare_missing_operators()

# isort: split
import open_clip
from open_clip.transform import PreprocessCfg, image_transform_v2
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

__all__ = [
    "CLIPImageProcessor",
    "CLIPTextConfig",
    "CLIPTextModelWithProjection",
    "CLIPVisionConfig",
    "CLIPVisionModelWithProjection",
    "PreprocessCfg",
    "image_transform_v2",
    "open_clip",
]
