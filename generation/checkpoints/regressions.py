"""The networks of the linear and the residual prior: one pass from text to embedding.

Razzhigaev et al. 2023, section 4.2 and table 3.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import gelu, linear

from generation.errors import WeightsError
from generation.recipe import PriorKind

CONFIG: Final = "config.json"
TENSORS: Final = "model.safetensors"


class RegressionNetwork(nn.Module):
    """Predicts the embedding [*embedding*] of a picture from that of a *text* [text].

    Predictions are standardised element by element by *clip_mean* and *clip_std*
    [embedding]. A class for each *kind* has the layers.
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

    @classmethod
    def load(cls, folder: Path, *, device: torch.device, dtype: torch.dtype) -> Self:
        """The prior in *folder*, whole and frozen, or WeightsError."""
        prior = cls._sized(folder / CONFIG)
        tensors = _tensors(folder / TENSORS)
        _require_fit(tensors, prior.state_dict(), folder / TENSORS)
        prior.load_state_dict(tensors)
        frozen: Self = prior.requires_grad_(requires_grad=False).eval()
        return frozen.to(device, dtype)

    def save(self, folder: Path) -> None:
        """Writes config.json and the tensors into *folder*, in their own precision."""
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
            _require_positive(sizes)
            return cls(**sizes)
        except (TypeError, ValueError) as error:
            raise WeightsError(
                f"{file} does not give the sizes of a {cls.kind} prior ({error}): "
                "fetch it again"
            ) from error


class LinearNetwork(RegressionNetwork):
    """The second prior of the table, and the best by its FID.

    *weight* [embedding, text] and *bias* [embedding] are fitted in closed form.
    """

    kind: ClassVar = PriorKind.LINEAR
    weight: Tensor
    bias: Tensor

    def __init__(self, *, text: int, embedding: int) -> None:
        super().__init__(text=text, embedding=embedding)
        self.register_buffer("weight", torch.zeros(embedding, text))
        self.register_buffer("bias", torch.zeros(embedding))

    def forward(self, pooled: Tensor) -> Tensor:
        """Standardised embeddings [n, embedding] for texts *pooled* [n, text]."""
        return linear(pooled, self.weight, self.bias)


class ResidualNetwork(RegressionNetwork):
    """The third prior of the table: a residual perceptron.

    The paper has 18 *blocks* and says nothing of their *width*. Texts are standardised
    by *text_mean* and *text_std* [text] before they enter.
    """

    kind: ClassVar = PriorKind.RESIDUAL
    text_mean: Tensor
    text_std: Tensor

    def __init__(
        self, *, text: int, embedding: int, width: int, blocks: int, expansion: int
    ) -> None:
        super().__init__(
            text=text,
            embedding=embedding,
            width=width,
            blocks=blocks,
            expansion=expansion,
        )
        self.register_buffer("text_mean", torch.zeros(text))
        self.register_buffer("text_std", torch.ones(text))
        self.enter = nn.Linear(text, width)
        self.blocks = nn.ModuleList(_Block(width, expansion) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, embedding)

    def forward(self, pooled: Tensor) -> Tensor:
        """Standardised embeddings [n, embedding] for texts *pooled* [n, text]."""
        x = self.enter((pooled - self.text_mean) / self.text_std)
        for block in self.blocks:
            x = block(x)
        clean: Tensor = self.leave(self.norm(x))
        return clean


class _Block(nn.Module):
    """A perceptron with a residual connection."""

    def __init__(self, width: int, expansion: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, expansion * width)
        self.down = nn.Linear(expansion * width, width)

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = x + self.down(gelu(self.up(self.norm(x))))
        return changed


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


def _require_fit(
    found: Mapping[str, Tensor], due: Mapping[str, Tensor], file: Path
) -> None:
    """Refuses missing and unknown tensors, and those of another shape."""
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


def _require_positive(sizes: Mapping[str, Any]) -> None:
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"{name} must be a positive number, got {size!r}")
