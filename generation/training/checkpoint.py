"""Checkpoints of a stage: networks, averaged networks and optimizer, in one file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from generation.errors import CheckpointError


def write_tensors(
    tensors: Mapping[str, Tensor], file: Path, facts: Mapping[str, str] | None = None
) -> None:
    """Writes *tensors* and *facts* to *file*; an old one stays until this is whole.

    Nothing is copied. CheckpointError where the disk has no room.
    """
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    partial = file.with_suffix(".saving")
    rmtree(partial, ignore_errors=True)  # of a process that was killed
    try:
        partial.mkdir()
        save_file(whole, partial / file.name, metadata=dict(facts or {}))
        (partial / file.name).replace(file)
    except (OSError, SafetensorError) as error:
        size = sum(tensor.nbytes for tensor in whole.values()) / 1e6
        raise CheckpointError(
            f"cannot write {file}, {size:,.0f} MB beside what is there: {error}."
            " What was saved before is whole; make room, and the same command continues"
        ) from error
    finally:
        rmtree(partial, ignore_errors=True)


@contextmanager
def open_tensors(file: Path) -> Iterator[Any]:
    """The tensors in *file*, read one by one, or CheckpointError."""
    try:
        with safe_open(file, framework="pt") as tensors:
            yield tensors
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{file} is not there: take the stage that writes it first"
        ) from error
    except SafetensorError as error:
        raise CheckpointError(
            f"{file} is cut short or no checkpoint ({error}):"
            " remove it, and its stage begins anew"
        ) from error


def read_tensors(file: Path) -> dict[str, Tensor]:
    """All tensors in *file*, or CheckpointError."""
    with open_tensors(file) as tensors:
        return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118  # no mapping


NETWORKS: Final = "networks."
AVERAGED: Final = "averaged."
OPTIMIZER: Final = "optimizer."


@dataclass(frozen=True, slots=True)
class TrainingState:
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
        write_tensors(tensors, file, {"step": str(step)})

    def load(self, file: Path) -> int:
        """Restores the state in *file* and returns the number of steps behind it."""
        with open_tensors(file) as stored:
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


def load_average(network: nn.Module, file: Path, prefix: str = "") -> None:
    """Fills *network* with the averaged weights in *file* below *prefix*."""
    with open_tensors(file) as stored:
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
