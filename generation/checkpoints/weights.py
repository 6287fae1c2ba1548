"""The weights of a model on disk: where its parts lie, and whether they are whole."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from generation.checkpoints.families import Family, Task, require_task, unet_kind
from generation.checkpoints.layouts import ModelFolders, model_folders, models_in
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
"""Further parts of a decoder that reads prompts."""

DECODER_FOLDERS: Final = MappingProxyType(
    {Task.PAINTING: "decoder", Task.INPAINTING: "inpaint"}
)
"""Our names for the folders that hold a U-Net."""

DIGESTS: Final = "DIGESTS"

_READ: Final = frozenset({".json", ".model", ".safetensors", ".spm", ".txt"})
_ELSEWHERE: Final = "../"
_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The folders of one complete model, each in the layout it is published in.

    *inpaint* is a second decoder, of which only the U-Net is used; *linear* and
    *residual* are other priors, *translation* a Marian model for Russian prompts.
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

        A folder that holds two models is named by a part of one of them.
        """
        folders = _folders(folder)
        prior = _require_found(folders, folders.prior, folders.layout.prior)
        decoder = _require_found(folders, folders.decoder, folders.layout.decoder)
        found = cls(
            name=folders.name,
            folder=folders.folder,
            family=_family(decoder),
            prior=prior,
            decoder=decoder,
            inpaint=folders.inpaint,
            linear=_optional(prior / "linear"),
            residual=_optional(prior / "residual"),
            translation=_optional(folders.folder / "translation"),
        )
        for part in found.parts():
            _require_folder(part)
        found._require_one_family()
        return found

    def parts(self) -> Iterator[Path]:
        """The folders of all parts that the engine reads."""
        yield from (self.prior / part for part in PRIOR_PARTS)
        yield from (self.decoder / part for part in decoder_parts(self.family))
        if self.inpaint:
            yield self.inpaint / "unet"
        yield from filter(None, (self.linear, self.residual, self.translation))

    def verified(self) -> str:
        """The model's name for records, once its digests, if any, are right.

        They are in DIGESTS, or in the names of the files that the hub's cache keeps.
        The name ends with a digest over every file that the engine reads: two models of
        one name are told apart. This takes about a second for each gigabyte.
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
        """The name of *file* in DIGESTS; a translation may lie elsewhere."""
        if file.is_relative_to(self.folder):
            return file.relative_to(self.folder).as_posix()
        return f"{_ELSEWHERE}{file.parent.name}/{file.name}"

    def _require_one_family(self) -> None:
        if self.inpaint is None:
            return
        family = require_task(self.inpaint / "unet", Task.INPAINTING)
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
            _require(file, actual.get(name) or _sha256(file), expected, DIGESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model in the folder *path*; *problem* says why it cannot be loaded."""

    name: str
    path: Path
    family: Family | None = None
    inpaints: bool = False
    problem: str | None = None


def model_at(path: Path) -> Model:
    """The model that the engine would load from *path*, without reading weights."""
    resolved = path.resolve()
    try:
        weights = Weights.find(path)
    except WeightsError as error:
        return Model(name=resolved.name, path=resolved, problem=str(error))
    return Model(
        name=weights.name,
        path=resolved,
        family=weights.family,
        inpaints=weights.inpaint is not None,
    )


def models_below(folder: Path) -> Iterator[Model]:
    """Every model in *folder*, by a path that names it and no other."""
    found = models_in(folder)
    for folders in found:
        part = folders.decoder or folders.prior or folders.inpaint
        yield model_at(part if part and len(found) > 1 else folders.folder)


def decoder_parts(family: Family) -> tuple[str, ...]:
    """The parts of a decoder of *family*."""
    return (*READING_PARTS, *DECODER_PARTS) if family.reads_prompts else DECODER_PARTS


def write_digests(folder: Path) -> None:
    """Writes the sha256 of every file below *folder*, in the format of sha256sum."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    lines = [
        f"{_sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in files
    ]
    (folder / DIGESTS).write_text("".join(lines), "utf-8")


def _folders(folder: Path) -> ModelFolders:
    """The model in *folder*, or how to name a decoder that has another name."""
    try:
        return model_folders(folder)
    except WeightsError as error:
        if not (folder / "unet").is_dir():
            raise
        kind = unet_kind(folder / "unet")
        require_task(folder / "unet", kind.task)
        raise WeightsError(
            f"{folder} holds {kind}: call it {DECODER_FOLDERS[kind.task]}/ and put the "
            "other halves of a model beside it"
        ) from error


def _require_found(folders: ModelFolders, found: Path | None, name: str) -> Path:
    if found is None:
        raise WeightsError(
            f"{folders.folder} lacks {name}/: put it beside the rest of {folders.name}"
        )
    return found


def _family(decoder: Path) -> Family:
    _require_folder(decoder / "unet")
    return require_task(decoder / "unet", Task.PAINTING)


def _optional(folder: Path) -> Path | None:
    return folder if folder.is_dir() else None


def _require_folder(part: Path) -> None:
    if not part.is_dir():
        raise WeightsError(f"{part} is missing: fetch the model again")


def _lines(digests: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of each line of sha256sum."""
    for line in digests.read_text("utf-8").splitlines():
        digest, _, name = line.partition(" ")
        if not name:
            raise WeightsError(f"{digests} has a line that is no digest: {line!r}")
        yield name.lstrip(" *"), digest


def _sha256(file: Path) -> str:
    """The digest of *file*, which is the name of a large one in the hub's cache."""
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise WeightsError(f"{file} is missing: fetch the model again") from error
    if file.is_symlink() and _SHA256.fullmatch(name := file.resolve().name):
        _require(file, found, name, "the hub's cache")
    return found


def _require(file: Path, found: str, expected: str, says: str) -> None:
    if found != expected:
        raise WeightsError(
            f"{file} has sha256 {found}, {says} says {expected}: fetch the model again"
        )
