"""Files that appear whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from datasets_cleaning.destination import whole


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A new file that gets the name *path* when the block has ended well.

    Otherwise nothing is left; an OSError, as of a full disk, is a DestinationError.
    """
    with whole(path) as unfinished, unfinished.open("wb") as file:
        yield file
