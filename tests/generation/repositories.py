"""The published repositories at toy width, to the last file, and the hub's cache."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generation.checkpoints.families import Family
from tests.generation.toy import save_decoder_half, save_prior_half

REVISION = "0123456789abcdef0123456789abcdef01234567"

PRIORS: Mapping[str, str] = {
    "kandinsky-2-1-prior": "KandinskyPriorPipeline",
    "kandinsky-2-2-prior": "KandinskyV22PriorPipeline",
}
DECODERS: Mapping[str, tuple[str, Family, int]] = {
    "kandinsky-2-1": ("KandinskyPipeline", Family.KANDINSKY_21, 4),
    "kandinsky-2-1-inpaint": ("KandinskyPipeline", Family.KANDINSKY_21, 9),
    "kandinsky-2-2-decoder": ("KandinskyV22Pipeline", Family.KANDINSKY_22, 4),
    "kandinsky-2-2-decoder-inpaint": ("KandinskyV22Pipeline", Family.KANDINSKY_22, 9),
}
"""The published inpainting decoders name the pipeline of the painting ones."""

MEMBERS: Mapping[str, list[str]] = {
    "image_encoder": ["transformers", "CLIPVisionModelWithProjection"],
    "image_processor": ["transformers", "CLIPImageProcessor"],
    "movq": ["diffusers", "VQModel"],
    "prior": ["diffusers", "PriorTransformer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
}
BETAS: Mapping[str, Any] = {
    "beta_end": 0.012,
    "beta_schedule": "linear",
    "beta_start": 0.00085,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "steps_offset": 1,
    "thresholding": False,
}
UNCLIP = {"_class_name": "UnCLIPScheduler", "clip_sample_range": 10.0}
DDIM = {**BETAS, "_class_name": "DDIMScheduler", "clip_sample": False}
DDPM = {**BETAS, "_class_name": "DDPMScheduler", "clip_sample": True}
LEARNED = {
    **BETAS,
    "_class_name": "DDPMScheduler",
    "clip_sample": False,
    "clip_sample_range": 2.0,
    "sample_max_value": 2.0,
    "thresholding": True,
    "variance_type": "learned_range",
}


def save_repositories(folder: Path) -> Path:
    """Saves all six of them into *folder*."""
    for name, pipeline in PRIORS.items():
        save_prior_half(folder / name)
        _describe(folder / name, pipeline, UNCLIP)
    for name, (pipeline, family, channels) in DECODERS.items():
        half = folder / name
        save_decoder_half(half, family, in_channels=channels)
        first = family is Family.KANDINSKY_21
        _describe(half, pipeline, DDIM if first else DDPM)
        if first:
            _write(half / "ddpm_scheduler" / "scheduler_config.json", LEARNED)
    return folder


def into_cache(repository: Path, cache: Path, *, branch: str = "main") -> Path:
    """Moves a *repository* to where the hub's client would have put it.

    Large files are named by their sha256, small ones by what git calls them.
    """
    place = cache / f"models--kandinsky-community--{repository.name}"
    snapshot = place / "snapshots" / REVISION
    for file in sorted(repository.rglob("*")):
        if file.is_file():
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            large = file.suffix == ".safetensors"
            blob = place / "blobs" / (digest if large else digest[:40])
            blob.parent.mkdir(parents=True, exist_ok=True)
            link = snapshot / file.relative_to(repository)
            link.parent.mkdir(parents=True, exist_ok=True)
            file.rename(blob)
            link.symlink_to(os.path.relpath(blob, link.parent))
    (place / "refs").mkdir()
    (place / "refs" / branch).write_text(REVISION, "utf-8")
    return snapshot


def _describe(half: Path, pipeline: str, scheduler: Mapping[str, Any]) -> None:
    members = {name: MEMBERS[name] for name in MEMBERS if (half / name).is_dir()}
    encoder = ["kandinsky", "MultilingualCLIP"]
    if (half / "prior").is_dir():
        encoder = ["transformers", "CLIPTextModelWithProjection"]
    if (half / "text_encoder").is_dir():
        members["text_encoder"] = encoder
    index = {"_class_name": pipeline, **members}
    _write(half / "model_index.json", index)
    _write(half / "scheduler" / "scheduler_config.json", scheduler)
    (half / "README.md").write_text("prior: kandinsky-community/…\n", "utf-8")
    (half / ".gitattributes").write_text("*.bin filter=lfs\n", "utf-8")


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), "utf-8")
