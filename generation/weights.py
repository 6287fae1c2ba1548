"""Where the parts of a model lie on disk, and whether they are whole."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from generation.errors import WeightsError

LAYOUTS: Final = (("prior", "decoder"), ("kandinsky-2-1-prior", "kandinsky-2-1"))
"""The names of a model's two halves: ours, then those they are downloaded under."""

PRIOR_PARTS: Final = ("prior", "text_encoder", "tokenizer", "image_encoder")
DECODER_PARTS: Final = ("text_encoder", "tokenizer", "unet", "movq")
DIGESTS: Final = "DIGESTS"

_READ: Final = frozenset({".json", ".model", ".safetensors", ".txt"})


@dataclass(frozen=True, slots=True)
class Weights:
    """The two halves of one model, each in the layout it is published in."""

    folder: Path
    prior: Path
    decoder: Path

    @classmethod
    def find(cls, folder: Path) -> Self:
        """The model in *folder*, with every part in its place."""
        for prior, decoder in LAYOUTS:
            if (folder / prior).is_dir() and (folder / decoder).is_dir():
                root = folder.resolve()
                found = cls(root, root / prior, root / decoder)
                found._demand_parts()
                return found
        pairs = " or ".join(f"{prior}/ and {decoder}/" for prior, decoder in LAYOUTS)
        raise WeightsError(f"{folder} holds no Kandinsky 2.1: put {pairs} into it")

    def verified(self) -> str:
        """The model's name for the record, once its DIGESTS, if any, hold true.

        It ends with a digest over every file that the engine reads: two models of one
        name are told apart. It takes about a second for each gigabyte.
        """
        actual = {
            file.relative_to(self.folder).as_posix(): _sha256(file)
            for parts in self._parts()
            for file in sorted(parts.iterdir())
            if file.suffix in _READ
        }
        if (self.folder / DIGESTS).is_file():
            self._compare(actual)
        lines = "".join(f"{actual[name]}  {name}\n" for name in sorted(actual))
        return f"{self.folder.name}@{hashlib.sha256(lines.encode()).hexdigest()[:12]}"

    def _parts(self) -> Iterator[Path]:
        yield from (self.prior / part for part in PRIOR_PARTS)
        yield from (self.decoder / part for part in DECODER_PARTS)

    def _demand_parts(self) -> None:
        for part in self._parts():
            if not part.is_dir():
                raise WeightsError(f"{part} is missing: fetch the model again")

    def _compare(self, actual: dict[str, str]) -> None:
        listed = dict(_lines(self.folder / DIGESTS))
        for name in sorted(actual.keys() - listed.keys()):
            raise WeightsError(f"{self.folder / name} is not listed in {DIGESTS}")
        for name, expected in listed.items():
            file = self.folder / name
            if not file.is_file():
                raise WeightsError(f"{file} is missing: fetch the model again")
            found = actual.get(name) or _sha256(file)
            if found != expected:
                raise WeightsError(
                    f"{file} has sha256 {found}, {DIGESTS} says {expected}: "
                    "fetch the model again"
                )


def _lines(digests: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of each line that sha256sum wrote."""
    for line in digests.read_text("utf-8").splitlines():
        digest, _, name = line.partition(" ")
        if not name:
            raise WeightsError(f"{digests} has a line that is no digest: {line!r}")
        yield name.lstrip(" *"), digest


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
