"""Files of tensors that are there whole, or not at all."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from generation.errors import CheckpointError


def write(
    tensors: Mapping[str, Tensor], file: Path, facts: Mapping[str, str] | None = None
) -> None:
    """Leaves *tensors* and *facts* in *file*; an old one stays until this is whole.

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
def opened(file: Path) -> Iterator[Any]:
    """The tensors in *file*, read one by one; CheckpointError where it is not whole."""
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


def read(file: Path) -> dict[str, Tensor]:
    """All tensors in *file*, or CheckpointError."""
    with opened(file) as tensors:
        return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118  # no mapping
