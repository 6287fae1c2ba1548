"""Where networks learn, and how precisely."""

from contextlib import AbstractContextManager

import torch


def half(device: torch.device) -> AbstractContextManager[None]:
    """Computes in bfloat16 where that is enough; weights stay as they are."""
    context: AbstractContextManager[None] = torch.autocast(device.type, torch.bfloat16)
    return context
