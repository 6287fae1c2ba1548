"""Where the halves of a model may lie.

Under our own names, under those of the published repositories, or where the hub's
client keeps what it has fetched of these.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generation.errors import WeightsError

ORGANISATION: Final = "kandinsky-community"


@dataclass(frozen=True, slots=True)
class Layout:
    """What the halves are called; the folder's own name stands for a missing *name*."""

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
class Halves:
    """The halves of one model in *folder*, as far as they are there."""

    name: str
    folder: Path
    layout: Layout
    prior: Path | None
    decoder: Path | None
    inpaint: Path | None

    @property
    def both(self) -> bool:
        """Whether this could be a model."""
        return self.prior is not None and self.decoder is not None


def halves_in(folder: Path) -> Halves:
    """The model that *folder* holds or is a half of; WeightsError if not just one.

    Where there is no model, but a half of one, that is the answer.
    """
    found = models_in(folder) or models_in(*_around(folder))
    whole = [halves for halves in found if halves.both] or found[:1]
    if not whole:
        pairs = " or ".join(f"{one.prior}/ and {one.decoder}/" for one in LAYOUTS)
        raise WeightsError(f"{folder} holds no Kandinsky: put {pairs} into it")
    if len(whole) > 1:
        names = " and ".join(halves.name for halves in whole)
        example = whole[-1].decoder or whole[-1].prior
        raise WeightsError(
            f"{folder} holds {names}: name one of them by its decoder, as {example}"
        )
    return whole[0]


def models_in(folder: Path, layouts: tuple[Layout, ...] = LAYOUTS) -> list[Halves]:
    """Every model of which at least one half lies in *folder*."""
    root = folder.resolve()
    return [
        halves
        for layout in layouts
        if (halves := _halves(root, layout)).prior or halves.decoder or halves.inpaint
    ]


def _halves(root: Path, layout: Layout) -> Halves:
    return Halves(
        layout.name or root.name,
        root,
        layout,
        _half(root, layout.prior),
        _half(root, layout.decoder),
        _half(root, layout.inpaint),
    )


def _half(root: Path, name: str) -> Path | None:
    """The half called *name*: a folder, or a snapshot in the hub's cache.

    The prior's half has a part of its own name: a part has a configuration.
    """
    if (plain := root / name).is_dir() and not (plain / "config.json").is_file():
        return plain
    cached = root / f"models--{ORGANISATION}--{name}"
    return _snapshot(cached) if cached.is_dir() else None


def _snapshot(cached: Path) -> Path | None:
    """What `main` was when it was fetched, or the only revision that there is."""
    revision = cached / "refs" / "main"
    if revision.is_file():
        snapshot = cached / "snapshots" / revision.read_text("utf-8").strip()
        return snapshot if snapshot.is_dir() else None
    snapshots = sorted(_folders(cached / "snapshots"))
    return snapshots[0] if len(snapshots) == 1 else None


def _around(folder: Path) -> tuple[Path, tuple[Layout, ...]]:
    """Where the rest lies of a model of which *folder* is a half, and its layout."""
    half = folder.resolve()
    if half.parent.name == "snapshots":
        half = half.parent.parent
    name = half.name.removeprefix(f"models--{ORGANISATION}--")
    published = (
        one for one in LAYOUTS if name in {one.prior, one.decoder, one.inpaint}
    )
    return half.parent, tuple(published)


def _folders(folder: Path) -> Iterator[Path]:
    return (child for child in folder.iterdir() if child.is_dir())
