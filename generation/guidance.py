"""Classifier-free guidance: asked twice, with and without the prompt."""

from torch import Tensor


def guided(rows: Tensor, *, scale: float) -> Tensor:
    """One prediction [1, ...], float32, out of the *rows* without and with the prompt.

    Ho and Salimans 2022; *scale* is the weight of Saharia et al. 2022, equation 2:
    1 is the prompted row itself, more leans further away from the other. Where there is
    only the prompted row [1, ...], it is the prediction.
    """
    if len(rows) == 1:
        return rows.float()
    without, prompted = rows.float().chunk(2)
    return without + scale * (prompted - without)
