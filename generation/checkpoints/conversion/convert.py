"""Conversion of checkpoints of others into the layout that the engine reads."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generation.checkpoints.conversion import encoders
from generation.checkpoints.conversion.descriptions import describe
from generation.checkpoints.conversion.originals import (
    CHECKPOINTS,
    PUBLISHED,
    Architecture,
    convert_originals,
)
from generation.checkpoints.conversion.pickles import Converted
from generation.checkpoints.conversion.rewriting import pickled_parts, rewrite
from generation.checkpoints.layouts import ModelFolders, model_folders
from generation.checkpoints.weights import write_digests
from generation.errors import WeightsError

TEXT_ENCODER: Final = "text_encoder"


def convert(
    source: Path,
    destination: Path,
    *,
    clip: Path | None = None,
    architecture: Architecture = PUBLISHED,
) -> Iterator[Converted]:
    """Converts *source* into the new folder *destination*, part by part.

    The source holds the authors' checkpoints of Kandinsky 2.1, or a model in the
    published layout whose weights are pickled. *clip* is the folder of the CLIP that
    the authors' prior goes with, which their checkpoints do not contain. Nothing is
    left of the destination when something fails.

    Raises:
        WeightsError: if the destination is there already, or the source lacks tensors,
            is damaged, or holds nothing to convert.
    """
    if destination.exists():
        raise WeightsError(f"{destination} is there already: name a new folder")
    partial = destination.with_name(f"{destination.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        yield from _parts(source, partial, clip, architecture)
        write_digests(partial)
        partial.replace(destination)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _parts(
    source: Path, to: Path, clip: Path | None, architecture: Architecture
) -> Iterator[Converted]:
    if clip or any((source / name).is_file() for name in CHECKPOINTS):
        yield from convert_originals(source, to, architecture)
        if (encoder := source / TEXT_ENCODER).is_dir():
            yield encoders.multilingual(encoder, to)
        if clip:
            yield from encoders.clip(clip, to)
        describe(to)
        return
    folders = _folders(source)
    if not pickled_parts(folders):
        raise WeightsError(f"{source} holds nothing to convert: no weights are pickled")
    yield from rewrite(folders, to)


def _folders(source: Path) -> ModelFolders:
    try:
        return model_folders(source)
    except WeightsError as error:
        raise WeightsError(
            f"{error}, or some of {', '.join(CHECKPOINTS)} to convert"
        ) from error
