"""Where image-text pairs come from."""

from pathlib import Path

from datasets_cleaning.errors import SourceError
from datasets_cleaning.sources.folder import Folder
from datasets_cleaning.sources.shard import Shard


def open_source(path: Path) -> Folder | Shard:
    """The folder or the tar at *path*, or SourceError."""
    if path.is_dir():
        return Folder.read(path)
    if path.is_file():
        return Shard.read(path)
    raise SourceError(f"{path} is neither a folder nor a tar")
