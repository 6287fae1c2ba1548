"""What a folder is, and what is wrong with it: all of it, not the first thing only."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

import torch

from generation.checkpoints.families import Family, trade_of
from generation.checkpoints.geometry import Geometry
from generation.checkpoints.layouts import Halves, halves_in
from generation.checkpoints.network_files import stored_tensors
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.checkpoints.parts import NetworkPart, Networks
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError
from generation.priors.regression import Regression
from generation.translation import Translator

Answer = TypeVar("Answer")
Measures = tuple[int | None, str | None]
"""The parameters of a part, and the numbers that they are kept in."""

Check = tuple[str, Callable[[], Measures]]
"""A part, and what measures it, or raises what is wrong with it."""

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
"""What can be looked at in a half that lacks the other."""

DTYPES: Final = MappingProxyType(
    {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
)
CPU: Final = torch.device("cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part: how many parameters it has, in what numbers on disk, or its *problem*.

    Parts that are no network have no parameters.
    """

    part: str
    parameters: int | None = None
    dtype: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of a folder; *problems* are those of no one part.

    *model* is its name for the record, digest and all, if nothing is wrong with it.
    """

    folder: Path
    family: Family | None
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    model: str | None


def inspect(folder: Path) -> Report:
    """Looks at every part of the model in *folder*; if they fit, reads every byte."""
    problems: list[str] = []
    networks = _tried(problems, _networks, folder)
    if networks is not None:
        family: Family | None = networks.weights.family
        checks = _in_model(networks)
    elif (halves := _tried([], halves_in, folder)) is not None:
        family = _family(halves)
        checks = _in_halves(halves, family)
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
    problems: list[str], act: Callable[..., Answer], *arguments: object
) -> Answer | None:
    """What *act* answers; None, and one more of the *problems*, if it raises."""
    try:
        return act(*arguments)
    except WeightsError as error:
        problems.append(str(error))
        return None


def _networks(folder: Path) -> Networks:
    weights = Weights.find(folder)
    return Networks(weights, Geometry.of(weights))


def _family(halves: Halves) -> Family | None:
    """The family of the halves that are there, as far as that can be told."""
    half = halves.decoder or halves.inpaint
    trade = _tried([], trade_of, half / "unet") if half else None
    return trade.family if trade else None


def _finding(part: str, measure: Callable[[], Measures]) -> Finding:
    try:
        parameters, dtype = measure()
    except WeightsError as error:
        return Finding(part=part, problem=str(error))
    return Finding(part=part, parameters=parameters, dtype=dtype)


def _in_halves(halves: Halves, family: Family | None) -> Iterator[Check]:
    """The networks of the halves that are there, each looked at for itself."""
    present = {
        "prior": halves.prior,
        "decoder": halves.decoder,
        "inpaint": halves.inpaint,
    }
    for name, half in present.items():
        if half is None:
            continue
        for part, kind in NETWORKS[name].items():
            folder = half / part
            optional = kind is MultilingualCLIP and family is not Family.KANDINSKY_21
            if folder.is_dir() or not optional:
                yield f"{name}/{part}", partial(_network, NetworkPart(folder, kind))


def _in_model(networks: Networks) -> Iterator[Check]:
    """Everything in a model whose halves are there, and whether it fits the rest."""
    weights = networks.weights
    names = {weights.prior: "prior", weights.decoder: "decoder"}
    for part in networks:
        name = names.get(part.folder.parent, "inpaint")
        yield f"{name}/{part.folder.name}", partial(_network, part)
    text, image = networks.text_encoder, networks.image_encoder
    yield "prior/tokenizer", partial(_beside, text, networks.clip_words)
    yield "prior/image_processor", partial(_beside, image, networks.preprocessing)
    if weights.family.reads_prompts:
        xlm, words = networks.multilingual, networks.multilingual_words
        yield "decoder/tokenizer", partial(_beside, xlm, words)
    for folder, kind in networks.regressions():
        yield f"prior/{folder.name}", partial(_regression, networks, folder, kind)
    if weights.translation:
        yield "translation", partial(_translation, weights.translation)


def _network(part: NetworkPart[Any]) -> Measures:
    return _size(part.check().parameters()), _dtype(part.folder)


def _beside(encoder: NetworkPart[Any], read: Callable[[Any], object]) -> Measures:
    """Reads what goes with an *encoder*, and has no parameters."""
    read(encoder.skeleton().config)
    return None, None


def _regression(networks: Networks, folder: Path, kind: type[Regression]) -> Measures:
    prior = networks.regression(folder, kind, device=CPU, dtype=torch.float32)
    return _size(prior.buffers()) + _size(prior.parameters()), _dtype(folder)


def _translation(folder: Path) -> Measures:
    return _size(Translator.load(folder).network.parameters()), _dtype(folder)


def _size(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def _dtype(folder: Path) -> str:
    """The numbers that are on disk, whatever they become when they are loaded."""
    kinds = {tensor.dtype for tensor in stored_tensors(folder).values()}
    return "+".join(DTYPES.get(kind, kind) for kind in sorted(kinds))
