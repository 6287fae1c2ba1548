"""Published folders whose weights are pickled, brought into safetensors."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generation.checkpoints.configuration import configuration
from generation.checkpoints.conversion.converted import Converted
from generation.checkpoints.conversion.descriptions import write_json
from generation.checkpoints.conversion.pickles import PICKLES, pickles_in, save, state
from generation.checkpoints.layouts import Halves

KEPT: Final = frozenset({".json", ".model", ".safetensors", ".spm", ".txt"})


def rewrite(halves: Halves, to: Path) -> Iterator[Converted]:
    """Copies what there is of a model into *to*, and tells which folders changed."""
    folders = {
        "prior": halves.prior,
        "decoder": halves.decoder,
        "inpaint": halves.inpaint,
        "translation": halves.folder / "translation",
    }
    for name, folder in folders.items():
        if folder is not None and folder.is_dir():
            for part in (folder, *sorted(filter(Path.is_dir, folder.rglob("*")))):
                yield from _part(part, to / name / part.relative_to(folder), to)


def pickled_parts(halves: Halves) -> list[Path]:
    """The folders of a model that hold pickles and nothing better."""
    found = (halves.prior, halves.decoder, halves.inpaint)
    folders = [*filter(None, found), halves.folder / "translation"]
    return [
        part
        for folder in folders
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
