"""Where a stage stands: networks, averaged networks and optimizer, in one file."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from generation.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class State:
    """All that a stage changes while it trains."""

    networks: nn.Module
    averaged: nn.Module
    optimizer: torch.optim.Optimizer

    def save(self, file: Path, *, step: int) -> None:
        """Writes the state after *step* steps; an old file stays until it is whole."""
        tensors = {f"networks.{k}": v for k, v in self.networks.state_dict().items()}
        tensors |= {f"averaged.{k}": v for k, v in self.averaged.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{k}": v for k, v in moments.items()}
        whole = {k: v.detach().clone().contiguous() for k, v in tensors.items()}
        partial = file.with_suffix(".partial")
        save_file(whole, partial, metadata={"step": str(step)})
        partial.replace(file)

    def load(self, file: Path) -> int:
        """Restores the state in *file* and returns the number of steps behind it."""
        tensors = load_file(file)
        try:
            self.networks.load_state_dict(_below("networks.", tensors))
            self.averaged.load_state_dict(_below("averaged.", tensors))
        except RuntimeError as error:
            raise CheckpointError(
                f"{file} was written for other networks; train into an empty folder"
            ) from error
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _below("optimizer.", tensors).items():
            index, key = name.split(".", 1)
            moments.setdefault(int(index), {})[key] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        return steps_in(file)


def steps_in(file: Path) -> int:
    """How many steps lie behind *file*; zero where there is none."""
    if not file.is_file():
        return 0
    with safe_open(file, framework="pt") as opened:
        return int(opened.metadata()["step"])


def averaged_into(network: nn.Module, file: Path, prefix: str = "") -> None:
    """Fills *network* with the averaged weights in *file* below *prefix*."""
    network.load_state_dict(_below(f"averaged.{prefix}", load_file(file)))


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)
    }
