"""The files that describe a published folder to diffusers; the engine needs none."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

DESCRIPTIONS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "prior/model_index.json": {
            "_class_name": "KandinskyPriorPipeline",
            "image_encoder": ["transformers", "CLIPVisionModelWithProjection"],
            "image_processor": ["transformers", "CLIPImageProcessor"],
            "prior": ["diffusers", "PriorTransformer"],
            "scheduler": ["diffusers", "UnCLIPScheduler"],
            "text_encoder": ["transformers", "CLIPTextModelWithProjection"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
        },
        "prior/scheduler/scheduler_config.json": {
            "_class_name": "UnCLIPScheduler",
            "clip_sample": True,
            "clip_sample_range": 10.0,
            "num_train_timesteps": 1000,
            "prediction_type": "sample",
            "variance_type": "fixed_small_log",
        },
        "decoder/model_index.json": {
            "_class_name": "KandinskyPipeline",
            "movq": ["diffusers", "VQModel"],
            "scheduler": ["diffusers", "DDIMScheduler"],
            "text_encoder": ["kandinsky", "MultilingualCLIP"],
            "tokenizer": ["transformers", "XLMRobertaTokenizerFast"],
            "unet": ["diffusers", "UNet2DConditionModel"],
        },
        "decoder/scheduler/scheduler_config.json": {
            "_class_name": "DDIMScheduler",
            "beta_end": 0.012,
            "beta_schedule": "linear",
            "beta_start": 0.00085,
            "clip_sample": False,
            "num_train_timesteps": 1000,
            "prediction_type": "epsilon",
            "set_alpha_to_one": False,
            "steps_offset": 1,
            "thresholding": False,
        },
    }
)
"""The descriptions of Kandinsky 2.1, by their path in a model of our layout."""


def describe(folder: Path) -> None:
    """Writes the descriptions of the prior and the decoder that are in *folder*."""
    for name, content in DESCRIPTIONS.items():
        if (folder / Path(name).parts[0]).is_dir():
            write_json(folder / name, content)


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Writes *content* to *file*, indented."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
