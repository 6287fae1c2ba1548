"""Inspection of a folder: its parts, and every problem with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

import torch

from generation.checkpoints.families import Family, unet_kind
from generation.checkpoints.geometry import Geometry
from generation.checkpoints.layouts import ModelFolders, model_folders
from generation.checkpoints.marian import load_marian
from generation.checkpoints.network_files import stored_tensors
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.checkpoints.parts import ModelParts, NetworkPart
from generation.checkpoints.regressions import RegressionNetwork
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError

Result = TypeVar("Result")
Measures = tuple[int | None, str | None]
"""Number of the parameters of a part, and their dtype on disk."""

Check = tuple[str, Callable[[], Measures]]
"""A part, and the function that measures it, or raises the problem with it."""

NETWORKS: Final[Mapping[str, Mapping[str, type[torch.nn.Module]]]] = MappingProxyType(
    {
        "prior": MappingProxyType(
            {
                "prior": PriorTransformer,
                "text_encoder": CLIPTextModelWithProjection,
                "image_encoder": CLIPVisionModelWithProjection,
            }
        ),
        "decoder": MappingProxyType(
            {
                "text_encoder": MultilingualCLIP,
                "unet": UNet2DConditionModel,
                "movq": VQModel,
            }
        ),
        "inpaint": MappingProxyType({"unet": UNet2DConditionModel}),
    }
)
"""The networks of each folder of an incomplete model."""

DTYPES: Final = MappingProxyType(
    {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
)
CPU: Final = torch.device("cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part: its parameters and their dtype on disk, or its *problem*.

    Parts that are no network have no parameters.
    """

    part: str
    parameters: int | None = None
    dtype: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Findings about a folder; *problems* are those of no single part.

    *model* is its name for records, with a digest, if there is no problem.
    """

    folder: Path
    family: Family | None
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    model: str | None


def inspect(folder: Path) -> Report:
    """Checks every part of the model in *folder*; if they fit, reads every byte."""
    problems: list[str] = []
    networks = _tried(problems, _networks, folder)
    if networks is not None:
        family: Family | None = networks.weights.family
        checks = _in_model(networks)
    elif (folders := _tried([], model_folders, folder)) is not None:
        family = _family(folders)
        checks = _in_folders(folders, family)
    else:
        family, checks = None, iter(())
    findings = tuple(_finding(part, measure) for part, measure in checks)
    flaws = {finding.problem for finding in findings}
    model = None
    if networks is not None and flaws <= {None}:
        model = _tried(problems, networks.weights.verified)
    return Report(
        folder=folder,
        family=family,
        findings=findings,
        problems=tuple(problem for problem in problems if problem not in flaws),
        model=model,
    )


def _tried(
    problems: list[str], act: Callable[..., Result], *arguments: object
) -> Result | None:
    """The result of *act*; None, and one more of the *problems*, if it raises."""
    try:
        return act(*arguments)
    except WeightsError as error:
        problems.append(str(error))
        return None


def _networks(folder: Path) -> ModelParts:
    weights = Weights.find(folder)
    return ModelParts(weights, Geometry.of(weights))


def _family(folders: ModelFolders) -> Family | None:
    """The family of an incomplete model, if a U-Net tells it."""
    part_folder = folders.decoder or folders.inpaint
    kind = _tried([], unet_kind, part_folder / "unet") if part_folder else None
    return kind.family if kind else None


def _finding(part: str, measure: Callable[[], Measures]) -> Finding:
    try:
        parameters, dtype = measure()
    except WeightsError as error:
        return Finding(part=part, problem=str(error))
    return Finding(part=part, parameters=parameters, dtype=dtype)


def _in_folders(folders: ModelFolders, family: Family | None) -> Iterator[Check]:
    """The networks of an incomplete model, each checked on its own."""
    present = {
        "prior": folders.prior,
        "decoder": folders.decoder,
        "inpaint": folders.inpaint,
    }
    for name, part_folder in present.items():
        if part_folder is None:
            continue
        for part, kind in NETWORKS[name].items():
            folder = part_folder / part
            optional = kind is MultilingualCLIP and family is not Family.KANDINSKY_21
            if folder.is_dir() or not optional:
                yield f"{name}/{part}", partial(_network, NetworkPart(folder, kind))


def _in_model(networks: ModelParts) -> Iterator[Check]:
    """Everything in a complete model, and whether it fits the rest."""
    weights = networks.weights
    names = {weights.prior: "prior", weights.decoder: "decoder"}
    for part in networks:
        name = names.get(part.folder.parent, "inpaint")
        yield f"{name}/{part.folder.name}", partial(_network, part)
    text, image = networks.text_encoder, networks.image_encoder
    yield "prior/tokenizer", partial(_companion, text, networks.clip_tokenizer)
    yield "prior/image_processor", partial(_companion, image, networks.image_processor)
    if weights.family.reads_prompts:
        xlm, words = networks.multilingual, networks.multilingual_tokenizer
        yield "decoder/tokenizer", partial(_companion, xlm, words)
    for folder, kind in networks.regressions():
        yield f"prior/{folder.name}", partial(_regression, networks, folder, kind)
    if weights.translation:
        yield "translation", partial(_translation, weights.translation)


def _network(part: NetworkPart[Any]) -> Measures:
    return _size(part.check().parameters()), _dtype(part.folder)


def _companion(encoder: NetworkPart[Any], read: Callable[[Any], object]) -> Measures:
    """Reads a companion of an *encoder*, which has no parameters."""
    read(encoder.skeleton().config)
    return None, None


def _regression(
    networks: ModelParts, folder: Path, kind: type[RegressionNetwork]
) -> Measures:
    prior = networks.regression(folder, kind, device=CPU, dtype=torch.float32)
    return _size(prior.buffers()) + _size(prior.parameters()), _dtype(folder)


def _translation(folder: Path) -> Measures:
    network, _ = load_marian(folder, device=CPU)
    return _size(network.parameters()), _dtype(folder)


def _size(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def _dtype(folder: Path) -> str:
    """The dtypes on disk, whatever they become when they are loaded."""
    kinds = {tensor.dtype for tensor in stored_tensors(folder).values()}
    return "+".join(DTYPES.get(kind, kind) for kind in sorted(kinds))
