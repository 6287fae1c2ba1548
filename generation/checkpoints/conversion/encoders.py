"""The encoders of Kandinsky 2.1, from the folders that they come in."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from generation.checkpoints.conversion.descriptions import write_json
from generation.checkpoints.conversion.pickles import Converted, save, tensors_in
from generation.checkpoints.network_files import configuration, stored_tensors
from generation.checkpoints.networks import (
    CLIPConfig,
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    require_every_tensor,
    skeleton,
)
from generation.errors import WeightsError

WEIGHTS: Final = "model.safetensors"
PROCESSOR: Final = "preprocessor_config.json"
TOKENIZER: Final = (
    "merges.txt",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
)
TOP: Final = "LinearTransformation.weight"


def multilingual(source: Path, to: Path) -> Converted:
    """XLM-R, from the authors' `text_encoder` to the decoder's folder in *to*.

    Their configuration is that of any XLM-R: the sizes of the projection on top are
    read from its tensor.
    """
    tensors = tensors_in(source)
    if TOP not in tensors:
        raise WeightsError(f"{source} lacks {TOP}: it is no XLM-R of Kandinsky 2.1")
    outputs, inputs = tensors[TOP].shape
    config = {
        **configuration(source),
        "architectures": ["MultilingualCLIP"],
        "numDims": outputs,
        "transformerDimensions": inputs,
    }
    part = _Part("decoder/text_encoder", MultilingualCLIP, config)
    taken = part.save(tensors, source, to)
    _copy(TOKENIZER, source, to / "decoder" / "tokenizer")
    unexpected = tuple(sorted(tensors.keys() - taken))
    return Converted(
        part=part.name, source=source, tensors=len(taken), unexpected=unexpected
    )


def clip(source: Path, to: Path) -> Iterator[Converted]:
    """CLIP, from a folder of both its halves, as OpenAI's ViT-L/14 is published."""
    config = _clip_configuration(source)
    config.text_config.projection_dim = config.projection_dim
    config.vision_config.projection_dim = config.projection_dim
    tensors = tensors_in(source)
    for name, kind, own in (
        ("text_encoder", CLIPTextModelWithProjection, config.text_config),
        ("image_encoder", CLIPVisionModelWithProjection, config.vision_config),
    ):
        part = _Part(f"prior/{name}", kind, own.to_dict())
        taken = part.save(tensors, source, to)
        yield Converted(part=part.name, source=source, tensors=len(taken))
    _copy(TOKENIZER, source, to / "prior" / "tokenizer")
    _copy((PROCESSOR,), source, to / "prior" / "image_processor")


@dataclass(frozen=True, slots=True)
class _Part:
    """A folder to write, with a network of class *kind*."""

    name: str
    kind: type[torch.nn.Module]
    config: Mapping[str, Any]

    def save(self, tensors: Mapping[str, Tensor], source: Path, to: Path) -> set[str]:
        """Writes it below *to* and returns the names of the *tensors* that it has."""
        folder = to / self.name
        write_json(folder / "config.json", self.config)
        network = skeleton(self.kind, folder)
        taken = network.state_dict().keys() & tensors.keys()
        save({name: tensors[name] for name in sorted(taken)}, folder / WEIGHTS)
        require_every_tensor(network, stored_tensors(folder), source)
        return taken


def _clip_configuration(source: Path) -> Any:
    config = configuration(source)
    if not {"text_config", "vision_config"} <= config.keys():
        raise WeightsError(
            f"{source} does not hold both halves of CLIP: give the folder of "
            "openai/clip-vit-large-patch14"
        )
    return CLIPConfig.from_dict(dict(config))


def _copy(names: tuple[str, ...], source: Path, to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    for name in names:
        if (source / name).is_file():
            shutil.copyfile(source / name, to / name)
