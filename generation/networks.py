"""The networks of Kandinsky 2.1, as diffusers and transformers build them.

Import them from here and from nowhere else: what must come before them comes first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open

import generation.vision_ops  # noqa: F401  # before anything that imports torchvision

# isort: split
from diffusers.models.autoencoders.vq_model import VQModel
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.transformers.prior_transformer import PriorTransformer
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP
from transformers import (
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
)
from transformers.utils import logging

from generation.errors import WeightsError

__all__ = [
    "CLIPTextModelWithProjection",
    "CLIPTokenizer",
    "CLIPVisionModelWithProjection",
    "MCLIPConfig",
    "MultilingualCLIP",
    "PriorTransformer",
    "UNet2DConditionModel",
    "VQModel",
    "demand",
    "load",
]

Network = TypeVar("Network", bound=torch.nn.Module)


def load(
    kind: type[Network], folder: Path, *, device: torch.device, dtype: torch.dtype
) -> Network:
    """The network of class *kind* in *folder*, whole and frozen, or WeightsError."""
    _demand_whole_files(folder)
    pretrained: Any = kind
    try:
        with _quietly():
            network, report = pretrained.from_pretrained(
                folder,
                output_loading_info=True,
                local_files_only=True,
                use_safetensors=True,
                dtype=dtype,
                **_ways(kind),
            )
    except Exception as error:  # the libraries raise at will about a folder
        raise WeightsError(
            f"{folder} does not hold a {kind.__name__}: {error}"
        ) from error
    _demand_every_tensor(report, folder)
    frozen: Network = network.requires_grad_(requires_grad=False).eval()
    return frozen.to(device)


def demand(folder: Path, config: Any, **expected: object) -> None:
    """Refuses the network in *folder* unless *config* has the *expected* entries.

    Networks that are whole one by one may still not be parts of one model.
    """
    for name, wanted in expected.items():
        found = getattr(config, name)
        if found != wanted:
            raise WeightsError(
                f"{folder / 'config.json'} has {name} {found!r}, where the rest of the "
                f"model needs {wanted!r}: fetch all parts from one place"
            )


def _ways(kind: type[torch.nn.Module]) -> dict[str, Any]:
    """How diffusers is to load; its own choice wants accelerate, and says so aloud."""
    return {"low_cpu_mem_usage": False} if issubclass(kind, ModelMixin) else {}


def _demand_whole_files(folder: Path) -> None:
    """Reads the header of each weight file: a file cut short contradicts its own."""
    if not (folder / "config.json").is_file():
        raise WeightsError(f"{folder / 'config.json'} is missing: fetch it again")
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise WeightsError(f"{folder} holds no .safetensors file: fetch it again")
    for file in files:
        try:
            with safe_open(file, framework="pt"):
                pass
        except (OSError, SafetensorError) as error:
            raise WeightsError(
                f"{file} is damaged or cut short ({error}): fetch it again"
            ) from error


def _demand_every_tensor(report: dict[str, Any], folder: Path) -> None:
    """Refuses what the libraries would fill with random numbers or leave out."""
    for flaw in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if names := sorted(map(str, report[flaw])):
            raise WeightsError(
                f"{folder}: weights and config.json disagree about {len(names)} "
                f"tensors ({flaw.replace('_', ' ')}), such as {names[0]}: "
                "fetch both again from one place"
            )


@contextmanager
def _quietly() -> Iterator[None]:
    """Keeps transformers' progress bars off the terminal."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
