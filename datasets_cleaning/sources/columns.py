"""Which columns, or which files, hold what."""

from dataclasses import dataclass

from datasets_cleaning.errors import SourceError
from datasets_cleaning.sources.captions import Captions, InJson, InText

IMAGE, CAPTION = "image_name", "caption"
"""The columns that Kandinsky's trainers read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a pair's parts are, if not in the usual place.

    In tables, the names of columns: *image* holds a path, a URL or bytes, *key* what a
    pair is called. In tars and folders only *caption* has a meaning: `json:FIELD` for
    captions that stand under FIELD in the `.json` files instead of in `.txt` files.
    """

    image: str | None = None
    caption: str | None = None
    key: str | None = None

    def captions(self) -> Captions:
        """Where the captions of tars and folders are; SourceError for nonsense."""
        if strange := self.image or self.key:
            raise SourceError(f"tars and folders have no columns: {strange!r}")
        if self.caption is None:
            return InText()
        kind, _, field = self.caption.partition(":")
        if kind != "json" or not field:
            raise SourceError(
                "captions of tars and folders are in .txt files or, given as"
                f" 'json:FIELD', in .json files; got {self.caption!r}"
            )
        return InJson(field)
