"""What torch raises when there is no room, as one error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

from generation.errors import OutOfMemory

REFUSED: Final = "can't allocate memory"
"""What torch's allocator for the CPU says, in an error that has no class of its own."""


@contextmanager
def out_of_memory() -> Iterator[None]:
    """Raises OutOfMemory for either, once the device's spare memory is given back."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if type(error) is RuntimeError and REFUSED not in str(error):
            raise
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        raise OutOfMemory(
            "the device has no room for this picture: ask for a smaller one"
        ) from error
