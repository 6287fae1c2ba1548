"""The published network classes of Kandinsky, and how they are loaded.

Import them from here and from nowhere else: torchvision's shim has to come first.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch

import torch_runtime.torchvision_operators  # noqa: F401  # before anything that imports torchvision

# isort: split
from diffusers.models.autoencoders.vq_model import VQModel
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.transformers.prior_transformer import PriorTransformer
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP
from transformers import (
    CLIPConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
    GenerationConfig,
    MarianMTModel,
)
from transformers.utils import logging

from generation.checkpoints.network_files import (
    StoredTensor,
    configuration,
    stored_tensors,
)
from generation.errors import WeightsError

__all__ = [
    "CLIPConfig",
    "CLIPTextModelWithProjection",
    "CLIPTokenizer",
    "CLIPVisionModelWithProjection",
    "MCLIPConfig",
    "MarianMTModel",
    "MultilingualCLIP",
    "PriorTransformer",
    "UNet2DConditionModel",
    "VQModel",
    "load",
    "require",
    "require_every_tensor",
    "skeleton",
]

Network = TypeVar("Network", bound=torch.nn.Module)


def load(
    kind: type[Network], folder: Path, *, device: torch.device, dtype: torch.dtype
) -> Network:
    """The network of class *kind* in *folder*, whole and frozen, or WeightsError.

    Memory peaks at its size in *dtype* plus one tensor: the files may be twice as
    wide.
    """
    configuration(folder)  # a missing or broken one is named before all else
    stored = stored_tensors(folder)
    build = _from_diffusers if issubclass(kind, ModelMixin) else _from_transformers
    network: Network = build(kind, folder, stored, device, dtype)
    return network.requires_grad_(requires_grad=False).eval().to(device)


def skeleton(kind: type[Network], folder: Path) -> Network:
    """The network that *folder* configures, on the meta device: without weights."""
    config = configuration(folder)
    pretrained: Any = kind
    try:
        with torch.device("meta"):
            if issubclass(kind, ModelMixin):
                network: Network = pretrained.from_config(config)
            else:
                network = kind(pretrained.config_class.from_dict(config))
    except Exception as error:  # the libraries raise at will about a configuration
        raise _unsuitable(kind, folder, error) from error
    return network


def require(folder: Path, config: Any, **expected: object) -> None:
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


def require_every_tensor(
    network: torch.nn.Module, stored: Mapping[str, StoredTensor], folder: Path
) -> None:
    """Refuses tensors of *network* that are missing, unknown or of another shape.

    Older files also hold position ids, which networks compute by now.
    """
    expected = {name: tuple(t.shape) for name, t in network.state_dict().items()}
    found = {
        name: tensor.shape
        for name, tensor in stored.items()
        if not name.endswith("embeddings.position_ids")
    }
    _require_none("missing keys", expected.keys() - found.keys(), folder)
    _require_none("unexpected keys", found.keys() - expected.keys(), folder)
    others = (
        f"{name} of shape {list(shape)} in place of {list(expected[name])}"
        for name, shape in found.items()
        if shape != expected[name]
    )
    _require_none("mismatched shapes", others, folder)


def _from_diffusers(
    kind: type[Network],
    folder: Path,
    stored: Mapping[str, StoredTensor],
    device: torch.device,
    dtype: torch.dtype,
) -> Network:
    """Reads tensor after tensor into a skeleton."""
    network = skeleton(kind, folder)
    require_every_tensor(network, stored, folder)
    tensors = {name: _read(tensor, dtype).to(device) for name, tensor in stored.items()}
    network.load_state_dict(tensors, assign=True)
    if isinstance(network, PriorTransformer):  # the one thing that no file holds
        ahead = torch.full_like(network.causal_attention_mask, -10000.0, device=device)
        network.causal_attention_mask = ahead.triu(1)
    return network


def _from_transformers(
    kind: type[Network],
    folder: Path,
    stored: Mapping[str, StoredTensor],
    _device: torch.device,
    dtype: torch.dtype,
) -> Network:
    """Lets transformers fill in computed and tied tensors."""
    pretrained: Any = kind
    extra = {}
    try:
        if pretrained.can_generate():
            extra["generation_config"] = GenerationConfig.from_pretrained(folder)
        with _quietly():
            network, report = pretrained.from_pretrained(
                None,
                config=pretrained.config_class.from_dict(configuration(folder)),
                state_dict={n: _read(tensor, dtype) for n, tensor in stored.items()},
                dtype=dtype,
                output_loading_info=True,
                **extra,
            )
    except Exception as error:
        raise _unsuitable(kind, folder, error) from error
    for flaw in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        _require_none(flaw.replace("_", " "), map(str, report[flaw]), folder)
    loaded: Network = network
    return loaded


def _read(stored: StoredTensor, dtype: torch.dtype) -> torch.Tensor:
    """A copy of a tensor, in *dtype* if it is of floating point."""
    tensor = stored.read()
    wanted = dtype if tensor.is_floating_point() else tensor.dtype
    return tensor.to(wanted, copy=True)


def _require_none(flaw: str, names: Iterable[str], folder: Path) -> None:
    """Refuses tensors that the libraries would initialise at random or leave out."""
    if found := sorted(names):
        raise WeightsError(
            f"{folder}: weights and config.json disagree about {len(found)} tensors "
            f"({flaw}), such as {found[0]}: fetch both again from one place"
        )


def _unsuitable(kind: type, folder: Path, error: Exception) -> WeightsError:
    return WeightsError(f"{folder} does not hold a {kind.__name__}: {error}")


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
