"""Where a stage stands: networks, averaged networks and optimizer, in one file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from generation.errors import CheckpointError
from generation.training import files

NETWORKS: Final = "networks."
AVERAGED: Final = "averaged."
OPTIMIZER: Final = "optimizer."


@dataclass(frozen=True, slots=True)
class State:
    """All that a stage changes while it trains."""

    networks: nn.Module
    averaged: nn.Module
    optimizer: torch.optim.Optimizer

    def save(self, file: Path, *, step: int) -> None:
        """Writes the state after *step* steps; an old file stays until it is whole."""
        tensors = {f"{NETWORKS}{k}": v for k, v in self.networks.state_dict().items()}
        tensors |= {f"{AVERAGED}{k}": v for k, v in self.averaged.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            for key, moment in moments.items():
                tensors[f"{OPTIMIZER}{index}.{key}"] = torch.as_tensor(moment)
        files.write(tensors, file, {"step": str(step)})

    def load(self, file: Path) -> int:
        """Restores the state in *file* and returns the number of steps behind it."""
        with files.opened(file) as stored:
            _fill(self.networks, stored, NETWORKS, file)
            _fill(self.averaged, stored, AVERAGED, file)
            moments: dict[int, dict[str, Tensor]] = {}
            for name in _below(OPTIMIZER, stored):
                index, key = name.split(".", 1)
                moment = stored.get_tensor(f"{OPTIMIZER}{name}").clone()
                moments.setdefault(int(index), {})[key] = moment
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
            return int(stored.metadata()["step"])


def averaged_into(network: nn.Module, file: Path, prefix: str = "") -> None:
    """Fills *network* with the averaged weights in *file* below *prefix*."""
    with files.opened(file) as stored:
        _fill(network, stored, f"{AVERAGED}{prefix}", file)


def _fill(network: nn.Module, stored: Any, prefix: str, file: Path) -> None:
    """Copies what is *stored* below *prefix* into *network*, tensor by tensor."""
    wanted = network.state_dict()
    found = {
        name: stored.get_slice(f"{prefix}{name}").get_shape()
        for name in _below(prefix, stored)
    }
    for name in sorted(wanted.keys() | found.keys()):
        shapes = [found.get(name), list(wanted[name].shape) if name in wanted else None]
        if shapes[0] != shapes[1]:
            there, needed = (shape or "nothing" for shape in shapes)
            raise CheckpointError(
                f"{file} was written for other networks: {prefix}{name} is {there}"
                f" there, and {needed} in this plan; train into an empty folder"
            )
    for name, tensor in wanted.items():
        tensor.copy_(stored.get_tensor(f"{prefix}{name}"))


def _below(prefix: str, stored: Any) -> list[str]:
    names: list[str] = stored.keys()
    return [n.removeprefix(prefix) for n in names if n.startswith(prefix)]
