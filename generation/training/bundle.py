"""Gathers a run's networks into the two folders that Kandinsky 2.1 is published in."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from torch import nn

from generation.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.training.pixels import CLIP_MEAN, CLIP_STD

DIGESTS: Final = "DIGESTS"
DEFAULTS: Final = "defaults.json"
BICUBIC: Final = 3

PRIOR_INDEX: Final[Mapping[str, Any]] = {
    "_class_name": "KandinskyPriorPipeline",
    "image_encoder": ["transformers", "CLIPVisionModelWithProjection"],
    "image_processor": ["transformers", "CLIPImageProcessor"],
    "prior": ["diffusers", "PriorTransformer"],
    "scheduler": ["diffusers", "UnCLIPScheduler"],
    "text_encoder": ["transformers", "CLIPTextModelWithProjection"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
}
DECODER_INDEX: Final[Mapping[str, Any]] = {
    "_class_name": "KandinskyPipeline",
    "movq": ["diffusers", "VQModel"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["kandinsky", "MultilingualCLIP"],
    "tokenizer": ["transformers", "XLMRobertaTokenizerFast"],
    "unet": ["diffusers", "UNet2DConditionModel"],
}
PRIOR_SCHEDULER: Final[Mapping[str, Any]] = {
    "_class_name": "UnCLIPScheduler",
    "clip_sample": True,
    "clip_sample_range": 10.0,
    "num_train_timesteps": 1000,
    "prediction_type": "sample",
    "variance_type": "fixed_small_log",
}
DECODER_SCHEDULER: Final[Mapping[str, Any]] = {
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
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Everything that a model folder holds; *tokenizers* is the stage's folder."""

    text: CLIPTextModelWithProjection
    image: CLIPVisionModelWithProjection
    multilingual: MultilingualCLIP
    prior: PriorTransformer
    unet: UNet2DConditionModel
    movq: VQModel
    tokenizers: Path
    defaults: Mapping[str, float]

    def write(self, folder: Path) -> None:
        """Replaces *folder* once the new one is whole."""
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        self._write_prior(partial / "prior")
        self._write_decoder(partial / "decoder")
        _write_json(partial / DEFAULTS, self.defaults)
        write_digests(partial)
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)

    def _write_prior(self, half: Path) -> None:
        _save(self.prior, half / "prior")
        _save(self.text, half / "text_encoder")
        _save(self.image, half / "image_encoder")
        shutil.copytree(self.tokenizers / "clip", half / "tokenizer")
        side: Any = self.image.config.image_size
        _write_json(
            half / "image_processor" / "preprocessor_config.json", _processor(side)
        )
        _write_json(half / "scheduler" / "scheduler_config.json", PRIOR_SCHEDULER)
        _write_json(half / "model_index.json", PRIOR_INDEX)

    def _write_decoder(self, half: Path) -> None:
        _save(self.unet, half / "unet")
        _save(self.movq, half / "movq")
        _save(self.multilingual, half / "text_encoder")
        shutil.copytree(self.tokenizers / "multilingual", half / "tokenizer")
        _write_json(half / "scheduler" / "scheduler_config.json", DECODER_SCHEDULER)
        _write_json(half / "model_index.json", DECODER_INDEX)


def write_digests(folder: Path) -> None:
    """Lists the sha256 of every file below *folder*, as sha256sum does."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  "
        f"{file.relative_to(folder).as_posix()}\n"
        for file in files
    ]
    (folder / DIGESTS).write_text("".join(lines), "utf-8")


def _save(network: nn.Module, folder: Path) -> None:
    """Half precision: the engine works in single precision on a CPU all the same."""
    halved: Any = network.half()
    halved.save_pretrained(folder)


def _processor(side: int) -> dict[str, Any]:
    return {
        "image_processor_type": "CLIPImageProcessor",
        "crop_size": {"height": side, "width": side},
        "do_center_crop": True,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": CLIP_MEAN,
        "image_std": CLIP_STD,
        "resample": BICUBIC,
        "rescale_factor": 1 / 255,
        "size": {"shortest_edge": side},
    }


def _write_json(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
