"""Sources of image-text pairs."""

from datasets_cleaning.protocols import Source
from datasets_cleaning.sources.captions import Columns
from datasets_cleaning.sources.detection import detect_source

__all__ = ["Columns", "open_source"]


def open_source(
    uri: str, *, columns: Columns | None = None, images: bool = True
) -> Source:
    """The data set at *uri*, by what is there; SourceError in one clear sentence.

    * a tar, a folder of tars, or a pattern such as `{00000..00009}.tar` or `*.tar`
    * a table `.csv`, `.jsonl`, `.ndjson` or `.parquet`, or a folder or pattern of them
    * a folder of pictures with `.txt` captions

    Each is a path, or a URL that fsspec knows (folders of pictures: a path). *columns*
    says where pictures and captions are, if not in the usual place; without *images*
    a table is read for its captions alone, and no picture is opened or fetched.
    """
    return detect_source(uri, columns or Columns(), images=images)
