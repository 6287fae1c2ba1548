"""Classifier-free guidance: asked twice, with and without the prompt."""

from typing import TypeVar

from torch import Tensor

Asked = TypeVar("Asked")


def asked(without: Asked, prompted: Asked, *, scale: float) -> list[Asked]:
    """What a network must be asked, row by row; at *scale* 1 only the prompted."""
    return [without, prompted] if scale > 1 else [prompted]


def guided(rows: Tensor, *, scale: float) -> Tensor:
    """One prediction [1, ...] out of the *rows* that were `asked`, in float32.

    Ho and Salimans 2022; *scale* is the weight of Saharia et al. 2022, equation 2:
    1 is the prompted row itself, more leans further away from the other.
    """
    if len(rows) == 1:
        return rows.float()
    without, prompted = rows.float().chunk(2)
    return without + scale * (prompted - without)
