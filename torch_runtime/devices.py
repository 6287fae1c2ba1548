"""The device that a name stands for, if torch finds it."""

import torch


def find_device(name: str) -> torch.device:
    """The device called *name*, such as cpu or cuda:1.

    Raises:
        LookupError: if torch does not know the name, or finds no such device here.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (AssertionError, NotImplementedError, RuntimeError) as error:
        raise LookupError(f"torch finds no device {name!r} here: {error}") from error
    return device
