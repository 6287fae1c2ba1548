"""Where networks learn, and how precisely."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Final

import torch

NATIVE: Final = ("amx_bf16", "avx512_bf16", "bf16")
"""What a processor calls it that it multiplies bfloat16 by itself."""


def half(device: torch.device) -> AbstractContextManager[None]:
    """Computes in bfloat16 where that is enough; weights stay as they are.

    Not on a processor that would have to imitate it: that is forty times slower.
    """
    if device.type == "cpu" and not _is_native():
        return nullcontext()
    context: AbstractContextManager[None] = torch.autocast(device.type, torch.bfloat16)
    return context


@cache
def _is_native() -> bool:
    known = torch.cpu.get_capabilities()
    return any(known.get(name, False) for name in NATIVE)
