"""Families of Kandinsky models, and the kind of U-Net that a folder holds.

Only the configuration of a U-Net tells: model_index.json of the published inpainting
decoder names the pipeline of the other one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from generation.checkpoints.network_files import Config, configuration
from generation.errors import WeightsError


class Family(StrEnum):
    """Models whose prior and decoders fit together."""

    KANDINSKY_21 = "kandinsky-2.1"
    KANDINSKY_22 = "kandinsky-2.2"

    @property
    def reads_prompts(self) -> bool:
        """Whether the decoder has a text encoder of its own."""
        return self is Family.KANDINSKY_21


class Task(StrEnum):
    """The task of a U-Net, by its inputs beside the noisy latent."""

    PAINTING = "painting"
    INPAINTING = "inpainting"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class UNetKind:
    """The family of a U-Net, and its task there."""

    family: Family
    task: Task

    def __str__(self) -> str:
        return f"the {self.task} U-Net of {self.family}"


_FAMILIES: Final[Mapping[Any, Family]] = MappingProxyType(
    {
        "text_image": Family.KANDINSKY_21,
        "image": Family.KANDINSKY_22,
        "image_hint": Family.KANDINSKY_22,
    }
)
_TASKS: Final[Mapping[Any, Task]] = MappingProxyType(
    {4: Task.PAINTING, 9: Task.INPAINTING, 8: Task.CONTROL}
)
"""By input channels: the latent alone, with a mask and the kept latent, or with a
hint."""


def unet_kind(folder: Path) -> UNetKind:
    """The kind of the U-Net in *folder*, or WeightsError for one of no Kandinsky."""
    config = configuration(folder)
    conditioned = config.get("addition_embed_type")
    if conditioned not in _FAMILIES:
        known = " or ".join(map(repr, _FAMILIES))
        raise WeightsError(
            f"{folder} holds no U-Net of Kandinsky 2.1 or 2.2: its "
            f"addition_embed_type must be {known}, got {conditioned!r}"
        )
    return UNetKind(_FAMILIES[conditioned], _task(config, folder))


def require_task(folder: Path, task: Task) -> Family:
    """The family of the U-Net in *folder*, or WeightsError if it is not for *task*."""
    kind = unet_kind(folder)
    if kind.task is Task.CONTROL:
        raise WeightsError(
            f"{folder} is a ControlNet decoder of Kandinsky 2.2, which is painted with "
            "a depth map: it is not supported, put kandinsky-2-2-decoder there"
        )
    if kind.task is not task:
        raise WeightsError(
            f"{folder} is {kind} (in_channels "
            f"{configuration(folder)['in_channels']}), where the {task} one belongs"
        )
    return kind.family


def _task(config: Config, folder: Path) -> Task:
    channels = config.get("in_channels")
    if channels not in _TASKS:
        raise WeightsError(
            f"{folder / 'config.json'} has in_channels {channels!r}, the U-Nets of "
            f"Kandinsky have {', '.join(map(str, _TASKS))}: fetch it again"
        )
    return _TASKS[channels]
