"""Moves of tensors from an original checkpoint to a network of diffusers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

PARAMETERS = ("weight", "bias")


@dataclass(frozen=True, slots=True)
class Move:
    """Tensor *source* becomes the *targets*.

    Where these are several, its rows are theirs in turn: *head* rows of the first,
    as many of the second, and so on, head after head.
    """

    source: str
    targets: tuple[str, ...]
    head: int = 0

    def apply(self, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The targets by name. A convolution over single points becomes a matrix."""
        if len(self.targets) == 1:
            yield self.targets[0], tensor
            return
        rest = tensor.shape[1:]
        split = tensor.reshape(-1, len(self.targets), self.head, *rest)
        for index, target in enumerate(self.targets):
            yield target, split[:, index].reshape(-1, *rest)


Moves = Iterator[Move]


def layer(source: str, *targets: str, head: int = 0) -> Moves:
    """The weight and the bias of a layer."""
    for parameter in PARAMETERS:
        names = tuple(f"{target}.{parameter}" for target in targets)
        yield Move(f"{source}.{parameter}", names, head)


def layers(source: str, target: str, names: Mapping[str, str]) -> Moves:
    """Layers that lie in *source*, renamed by *names*, into *target*."""
    for theirs, ours in names.items():
        yield from layer(f"{source}.{theirs}", f"{target}.{ours}")


def apply_moves(
    moves: Iterable[Move],
    tensors: Mapping[str, Tensor],
    shapes: Mapping[str, tuple[int, ...]],
) -> dict[str, Tensor]:
    """The targets of all *moves*, in the *shapes* that a network expects.

    Only axes of length 1 may differ: an attention's projections are matrices to
    diffusers, and were convolutions over points.
    """
    found: dict[str, Tensor] = {}
    for move in moves:
        for name, tensor in move.apply(tensors[move.source]):
            wanted = shapes[name]
            if _wide(tensor.shape) != _wide(wanted):
                raise ValueError(
                    f"{move.source} has shape {list(tensors[move.source].shape)}, "
                    f"which does not make a {name} of shape {list(wanted)}"
                )
            found[name] = tensor.reshape(wanted)
    return found


def _wide(shape: Iterable[int]) -> list[int]:
    return [length for length in shape if length != 1]
