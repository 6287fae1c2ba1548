"""Pictures on a local disk."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final
from uuid import UUID

from PIL.Image import Image

KEY: Final = re.compile(r"([0-9a-f]{2})([0-9a-f]{2})[0-9a-f]{28}-[0-9a-f]{32}\.png")


@dataclass(frozen=True, slots=True)
class FolderStorage:
    """PNG files below *root*: `public` and `quarantine`, each fanned out twice.

    A file appears whole or not at all, and every picture gets a name of its own that
    cannot be guessed.
    """

    root: Path

    def keep(self, artwork_id: UUID, image: Image) -> str:
        """Put *image* into quarantine and return its key."""
        key = f"{artwork_id.hex}-{token_hex(16)}.png"
        path = self._path("quarantine", key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            with part.open("xb") as file:
                image.save(file, "PNG")
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return key

    def release(self, key: str) -> None:
        """Move the picture *key* from quarantine to the public side. Idempotent."""
        _rename(self._path("quarantine", key), self._path("public", key))

    def withdraw(self, key: str) -> None:
        """Move the picture *key* back into quarantine. Idempotent."""
        _rename(self._path("public", key), self._path("quarantine", key))

    def discard(self, key: str) -> None:
        """Delete the picture *key*, which no artwork has. Idempotent."""
        for side in ("public", "quarantine"):
            self._path(side, key).unlink(missing_ok=True)

    def public(self, key: str) -> bytes | None:
        """The released PNG, or None."""
        return _read(self._path("public", key))

    def quarantined(self, key: str) -> bytes | None:
        """The PNG that only reviewers may see, or None."""
        return _read(self._path("quarantine", key))

    def _path(self, side: str, key: str) -> Path:
        if not (match := KEY.fullmatch(key)):
            raise ValueError(f"not the key of a picture: {key!r}")
        return self.root / side / match[1] / match[2] / key


def _rename(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except FileNotFoundError:
        return  # it was moved before


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
