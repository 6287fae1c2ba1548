"""What a latent is painted from."""

from dataclasses import dataclass

from torch import Tensor

from generation.text_encoders import Reading


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One row of what the decoder is told.

    *embedding* [1, d] is a point of CLIP's image space, *reading* what the decoder's
    own text encoder made of a prompt; None where the decoder sees no text, as in
    Kandinsky 2.2.
    """

    embedding: Tensor
    reading: Reading | None
