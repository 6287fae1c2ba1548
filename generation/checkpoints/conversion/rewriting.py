"""Conversion of published folders with pickled weights into safetensors."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generation.checkpoints.conversion.descriptions import write_json
from generation.checkpoints.conversion.pickles import (
    PICKLES,
    Converted,
    pickles_in,
    save,
    state,
)
from generation.checkpoints.layouts import ModelFolders
from generation.checkpoints.network_files import configuration

KEPT: Final = frozenset({".json", ".model", ".safetensors", ".spm", ".txt"})


def rewrite(folders: ModelFolders, to: Path) -> Iterator[Converted]:
    """Copies the folders of a model into *to*, and yields the converted parts."""
    present = {
        "prior": folders.prior,
        "decoder": folders.decoder,
        "inpaint": folders.inpaint,
        "translation": folders.folder / "translation",
    }
    for name, folder in present.items():
        if folder is not None and folder.is_dir():
            for part in (folder, *sorted(filter(Path.is_dir, folder.rglob("*")))):
                yield from _part(part, to / name / part.relative_to(folder), to)


def pickled_parts(folders: ModelFolders) -> list[Path]:
    """The parts of a model that hold pickles and no safetensors."""
    found = (folders.prior, folders.decoder, folders.inpaint)
    present = [*filter(None, found), folders.folder / "translation"]
    return [
        part
        for folder in present
        for part in (folder, *sorted(filter(Path.is_dir, folder.rglob("*"))))
        if _is_pickled(part)
    ]


def _part(part: Path, to: Path, root: Path) -> Iterator[Converted]:
    for file in sorted(part.iterdir()):
        if file.is_file() and file.suffix in KEPT:
            to.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to / file.name)
    if not _is_pickled(part):
        return
    count = 0
    for file in pickles_in(part):
        tensors = state(file)
        save(tensors, to / _renamed(file.name))
        count += len(tensors)
    for index in sorted(to.glob("*.bin.index.json")):
        _rewrite_index(index)
    yield Converted(part=to.relative_to(root).as_posix(), source=part, tensors=count)


def _is_pickled(part: Path) -> bool:
    return (
        part.is_dir() and bool(pickles_in(part)) and not any(part.glob("*.safetensors"))
    )


def _renamed(name: str) -> str:
    """The name of a pickle's twin: `pytorch_model.bin` is `model.safetensors`."""
    for stem, ours in PICKLES.items():
        if name.startswith(stem):
            return ours + name.removeprefix(stem).replace(".bin", ".safetensors")
    return name


def _rewrite_index(index: Path) -> None:
    """Which file holds which tensor, in the new names."""
    content = dict(configuration(index.parent, index.name))
    placed = content.get("weight_map", {}).items()
    content["weight_map"] = {name: _renamed(piece) for name, piece in placed}
    write_json(index.with_name(_renamed(index.name)), content)
    index.unlink()
