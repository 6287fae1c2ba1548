"""What the priors have in common that answer a text with one embedding, always."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from generation.errors import WeightsError
from generation.model_calls import Inquiry
from generation.recipe import PriorKind, Recipe
from generation.text_encoders import Reading

CONFIG: Final = "config.json"
TENSORS: Final = "model.safetensors"


class Regression(nn.Module):
    """Predicts the embedding [*embedding*] of a picture from that of a *text*.

    What it predicts is standardised element by element, by *clip_mean* and *clip_std*
    [embedding]. A class of its own says how (Razzhigaev et al. 2023, section 4.2).
    """

    kind: ClassVar[PriorKind]
    clip_mean: Tensor
    clip_std: Tensor

    def __init__(self, *, text: int, embedding: int, **sizes: int) -> None:
        super().__init__()
        self.text = text
        self.embedding = embedding
        self.sizes = {"text": text, "embedding": embedding, **sizes}
        self.register_buffer("clip_mean", torch.zeros(embedding))
        self.register_buffer("clip_std", torch.ones(embedding))

    def imagine(
        self, reading: Reading, _negative: Reading, _recipe: Recipe, /
    ) -> Inquiry[Tensor]:
        """The embedding [1, d]; asks nothing, and knows no guidance."""
        yield from ()
        with torch.no_grad():
            clean: Tensor = self(reading.pooled.to(self.clip_mean.dtype))
            return clean.float() * self.clip_std.float() + self.clip_mean.float()

    @classmethod
    def load(cls, folder: Path, *, device: torch.device, dtype: torch.dtype) -> Self:
        """The prior in *folder*, whole and frozen, or WeightsError."""
        prior = cls._sized(folder / CONFIG)
        tensors = _tensors(folder / TENSORS)
        _demand_fit(tensors, prior.state_dict(), folder / TENSORS)
        prior.load_state_dict(tensors)
        frozen: Self = prior.requires_grad_(requires_grad=False).eval()
        return frozen.to(device, dtype)

    def save(self, folder: Path) -> None:
        """Leaves this in *folder*, in the precision it has."""
        folder.mkdir(parents=True, exist_ok=True)
        config = {"kind": self.kind, **self.sizes}
        (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8")
        tensors = {name: t.contiguous() for name, t in self.state_dict().items()}
        save_file(tensors, folder / TENSORS)

    @classmethod
    def _sized(cls, file: Path) -> Self:
        """An empty prior of the sizes in *file*."""
        config = _config(file)
        kind, sizes = config.pop("kind", None), config
        if kind != cls.kind:
            raise WeightsError(f"{file} must say kind {cls.kind!s}, got {kind!r}")
        try:
            _demand_positive(sizes)
            return cls(**sizes)
        except (TypeError, ValueError) as error:
            raise WeightsError(
                f"{file} does not give the sizes of a {cls.kind} prior ({error}): "
                "fetch it again"
            ) from error


def _config(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text("utf-8")))
    except FileNotFoundError as error:
        raise WeightsError(f"{file} is missing: fetch it again") from error
    except (TypeError, ValueError) as error:
        raise WeightsError(
            f"{file} is no object in JSON ({error}): fetch it again"
        ) from error


def _tensors(file: Path) -> dict[str, Tensor]:
    try:
        return load_file(file)
    except FileNotFoundError as error:
        raise WeightsError(f"{file} is missing: fetch it again") from error
    except (OSError, SafetensorError) as error:
        raise WeightsError(
            f"{file} is damaged or cut short ({error}): fetch it again"
        ) from error


def _demand_fit(
    found: Mapping[str, Tensor], due: Mapping[str, Tensor], file: Path
) -> None:
    """Refuses what is missing, what nobody knows, and what has another shape."""
    sizes, wanted = (
        {name: list(tensor.shape) for name, tensor in tensors.items()}
        for tensors in (found, due)
    )
    flawed = [n for n in sorted(sizes | wanted) if sizes.get(n) != wanted.get(n)]
    if flawed:
        name = flawed[0]
        raise WeightsError(
            f"{file} and {CONFIG} beside it disagree about {len(flawed)} tensors, such "
            f"as {name}: {sizes.get(name, 'none')}, where {wanted.get(name, 'none')} "
            "is due: fetch both again from one place"
        )


def _demand_positive(sizes: Mapping[str, Any]) -> None:
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"{name} must be a positive number, got {size!r}")
