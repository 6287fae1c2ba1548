"""What a conversion has done."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """So many *tensors* from *source* are in the folder *part* now.

    *unexpected* are the names in the source that no part of the model is made of.
    """

    part: str
    source: Path
    tensors: int
    unexpected: tuple[str, ...] = ()
