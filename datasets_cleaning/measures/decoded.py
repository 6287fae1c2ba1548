"""Whether a picture can be decoded to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import PIL
import pyarrow as pa
import simplejpeg

from datasets_cleaning.protocols import View
from moderation.errors import ImageRefused


@dataclass(frozen=True, slots=True)
class Decoded:
    """Makes the pixels that the measures behind it look at."""

    version: ClassVar[str] = (
        f"decode-1 Pillow-{PIL.__version__} simplejpeg-{simplejpeg.__version__}"
    )
    columns: ClassVar[Mapping[str, pa.DataType]] = {"decoded": pa.bool_()}

    def __call__(self, views: Sequence[View]) -> Mapping[str, Sequence[Any]]:
        """False for each of *views* that is refused."""
        return {"decoded": [_decodes(view) for view in views]}


def _decodes(view: View) -> bool:
    try:
        return bool(view.pixels.size)
    except ImageRefused:
        return False
