"""Where the parts of a model lie on disk, and whether they are whole."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from generation.checkpoints.families import Family, Task, demand_trade, trade_of
from generation.checkpoints.layouts import Halves, halves_in
from generation.errors import WeightsError

PRIOR_PARTS: Final = (
    "prior",
    "text_encoder",
    "tokenizer",
    "image_encoder",
    "image_processor",
)
DECODER_PARTS: Final = ("unet", "movq")
READING_PARTS: Final = ("text_encoder", "tokenizer")
"""What a decoder that reads prompts has besides."""

HALVES: Final = MappingProxyType({Task.PAINTING: "decoder", Task.INPAINTING: "inpaint"})
"""Our names for the halves that hold a U-Net."""

DIGESTS: Final = "DIGESTS"

_READ: Final = frozenset({".json", ".model", ".safetensors", ".spm", ".txt"})
_ELSEWHERE: Final = "../"
_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The halves of one model, each in the layout it is published in.

    *prior* and *decoder* are there. *inpaint* is a second decoder, of which only the
    U-Net is used; *linear* and *residual* are other priors, and *translation* brings
    Russian prompts into the language of the prior.
    """

    name: str
    folder: Path
    family: Family
    prior: Path
    decoder: Path
    inpaint: Path | None = None
    linear: Path | None = None
    residual: Path | None = None
    translation: Path | None = None

    @classmethod
    def find(cls, folder: Path) -> Self:
        """The model in *folder*, with every part in its place.

        A folder that holds two models is asked for by the half of one of them.
        """
        halves = _halves(folder)
        prior = _demand_half(halves, halves.prior, halves.layout.prior)
        decoder = _demand_half(halves, halves.decoder, halves.layout.decoder)
        found = cls(
            name=halves.name,
            folder=halves.folder,
            family=_family(decoder),
            prior=prior,
            decoder=decoder,
            inpaint=halves.inpaint,
            linear=_optional(prior / "linear"),
            residual=_optional(prior / "residual"),
            translation=_optional(halves.folder / "translation"),
        )
        for part in found.parts():
            _demand_folder(part)
        found._demand_one_family()
        return found

    def parts(self) -> Iterator[Path]:
        """The folders of everything that the engine reads."""
        yield from (self.prior / part for part in PRIOR_PARTS)
        yield from (self.decoder / part for part in decoder_parts(self.family))
        if self.inpaint:
            yield self.inpaint / "unet"
        yield from filter(None, (self.linear, self.residual, self.translation))

    def verified(self) -> str:
        """The model's name for the record, once its digests, if any, hold true.

        They are in DIGESTS, or in the names of the files that the hub's cache keeps.
        The name ends with a digest over every file that the engine reads: two models of
        one name are told apart. It takes about a second for each gigabyte.
        """
        actual = {
            self._named(file): _sha256(file)
            for part in self.parts()
            for file in sorted(part.iterdir())
            if file.suffix in _READ
        }
        if (self.folder / DIGESTS).is_file():
            self._compare(actual)
        lines = "".join(f"{actual[name]}  {name}\n" for name in sorted(actual))
        return f"{self.name}@{hashlib.sha256(lines.encode()).hexdigest()[:12]}"

    def _named(self, file: Path) -> str:
        """What *file* is called in DIGESTS; a translation may lie elsewhere."""
        if file.is_relative_to(self.folder):
            return file.relative_to(self.folder).as_posix()
        return f"{_ELSEWHERE}{file.parent.name}/{file.name}"

    def _demand_one_family(self) -> None:
        if self.inpaint is None:
            return
        family = demand_trade(self.inpaint / "unet", Task.INPAINTING)
        if family is not self.family:
            raise WeightsError(
                f"{self.inpaint / 'unet'} is of {family}, the decoder beside it of "
                f"{self.family}: fetch both from one place"
            )

    def _compare(self, actual: dict[str, str]) -> None:
        listed = dict(_lines(self.folder / DIGESTS))
        here = {name for name in actual if not name.startswith(_ELSEWHERE)}
        for name in sorted(here - listed.keys()):
            raise WeightsError(f"{self.folder / name} is not listed in {DIGESTS}")
        for name, expected in listed.items():
            file = self.folder / name
            if not file.is_file():
                raise WeightsError(f"{file} is missing: fetch the model again")
            _demand(file, actual.get(name) or _sha256(file), expected, DIGESTS)


def decoder_parts(family: Family) -> tuple[str, ...]:
    """The folders in the decoder's half of a model of *family*."""
    return (*READING_PARTS, *DECODER_PARTS) if family.reads_prompts else DECODER_PARTS


def write_digests(folder: Path) -> None:
    """Lists the sha256 of every file below *folder*, as sha256sum does."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    lines = [
        f"{_sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in files
    ]
    (folder / DIGESTS).write_text("".join(lines), "utf-8")


def _halves(folder: Path) -> Halves:
    """The halves in *folder*; a decoder with a name of its own is recognised."""
    try:
        return halves_in(folder)
    except WeightsError as error:
        if not (folder / "unet").is_dir():
            raise
        trade = trade_of(folder / "unet")
        demand_trade(folder / "unet", trade.task)
        raise WeightsError(
            f"{folder} holds {trade}: call it {HALVES[trade.task]}/ and put the other "
            "halves of a model beside it"
        ) from error


def _demand_half(halves: Halves, half: Path | None, name: str) -> Path:
    if half is None:
        raise WeightsError(
            f"{halves.folder} lacks {name}/: put it beside the rest of {halves.name}"
        )
    return half


def _family(decoder: Path) -> Family:
    _demand_folder(decoder / "unet")
    return demand_trade(decoder / "unet", Task.PAINTING)


def _optional(folder: Path) -> Path | None:
    return folder if folder.is_dir() else None


def _demand_folder(part: Path) -> None:
    if not part.is_dir():
        raise WeightsError(f"{part} is missing: fetch the model again")


def _lines(digests: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of each line that sha256sum wrote."""
    for line in digests.read_text("utf-8").splitlines():
        digest, _, name = line.partition(" ")
        if not name:
            raise WeightsError(f"{digests} has a line that is no digest: {line!r}")
        yield name.lstrip(" *"), digest


def _sha256(file: Path) -> str:
    """The digest of what *file* holds; in the hub's cache, large files are named so."""
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise WeightsError(f"{file} is missing: fetch the model again") from error
    if file.is_symlink() and _SHA256.fullmatch(name := file.resolve().name):
        _demand(file, found, name, "the hub's cache")
    return found


def _demand(file: Path, found: str, expected: str, says: str) -> None:
    if found != expected:
        raise WeightsError(
            f"{file} has sha256 {found}, {says} says {expected}: fetch the model again"
        )
