"""Folder layouts of a model: prior, decoder and inpainting decoder.

Under our own names, under those of the published repositories, or in the cache of the
hub's client.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generation.errors import WeightsError

ORGANISATION: Final = "kandinsky-community"


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of a model's folders; without a *name* the model has that of its folder."""

    name: str | None
    prior: str
    decoder: str
    inpaint: str


LAYOUTS: Final = (
    Layout(None, "prior", "decoder", "inpaint"),
    Layout(
        "kandinsky-2-1", "kandinsky-2-1-prior", "kandinsky-2-1", "kandinsky-2-1-inpaint"
    ),
    Layout(
        "kandinsky-2-2",
        "kandinsky-2-2-prior",
        "kandinsky-2-2-decoder",
        "kandinsky-2-2-decoder-inpaint",
    ),
)


@dataclass(frozen=True, slots=True)
class ModelFolders:
    """The folders of one model in *folder*, as far as they are there."""

    name: str
    folder: Path
    layout: Layout
    prior: Path | None
    decoder: Path | None
    inpaint: Path | None

    @property
    def complete(self) -> bool:
        """Whether prior and decoder are there."""
        return self.prior is not None and self.decoder is not None


def model_folders(folder: Path) -> ModelFolders:
    """The model that *folder* holds or is a part of; WeightsError if not just one.

    An incomplete model is returned where there is no complete one.
    """
    found = models_in(folder) or models_in(*_around(folder))
    whole = [folders for folders in found if folders.complete] or found[:1]
    if not whole:
        pairs = " or ".join(f"{one.prior}/ and {one.decoder}/" for one in LAYOUTS)
        raise WeightsError(f"{folder} holds no Kandinsky: put {pairs} into it")
    if len(whole) > 1:
        names = " and ".join(folders.name for folders in whole)
        example = whole[-1].decoder or whole[-1].prior
        raise WeightsError(
            f"{folder} holds {names}: name one of them by its decoder, as {example}"
        )
    return whole[0]


def models_in(
    folder: Path, layouts: tuple[Layout, ...] = LAYOUTS
) -> list[ModelFolders]:
    """Every model of which at least one folder lies in *folder*."""
    root = folder.resolve()
    return [
        folders
        for layout in layouts
        if (folders := _folders_of(root, layout)).prior
        or folders.decoder
        or folders.inpaint
    ]


def _folders_of(root: Path, layout: Layout) -> ModelFolders:
    return ModelFolders(
        layout.name or root.name,
        root,
        layout,
        _find(root, layout.prior),
        _find(root, layout.decoder),
        _find(root, layout.inpaint),
    )


def _find(root: Path, name: str) -> Path | None:
    """The folder called *name*, or its snapshot in the hub's cache.

    A prior's folder has a part of its own name: a part has a configuration.
    """
    if (plain := root / name).is_dir() and not (plain / "config.json").is_file():
        return plain
    cached = root / f"models--{ORGANISATION}--{name}"
    return _snapshot(cached) if cached.is_dir() else None


def _snapshot(cached: Path) -> Path | None:
    """The fetched revision of `main`, or the only revision that there is."""
    revision = cached / "refs" / "main"
    if revision.is_file():
        snapshot = cached / "snapshots" / revision.read_text("utf-8").strip()
        return snapshot if snapshot.is_dir() else None
    snapshots = sorted(_folders(cached / "snapshots"))
    return snapshots[0] if len(snapshots) == 1 else None


def _around(folder: Path) -> tuple[Path, tuple[Layout, ...]]:
    """The folder around *folder*, a part of a model, and the layouts that name it."""
    part = folder.resolve()
    if part.parent.name == "snapshots":
        part = part.parent.parent
    name = part.name.removeprefix(f"models--{ORGANISATION}--")
    published = (
        one for one in LAYOUTS if name in {one.prior, one.decoder, one.inpaint}
    )
    return part.parent, tuple(published)


def _folders(folder: Path) -> Iterator[Path]:
    return (child for child in folder.iterdir() if child.is_dir())
