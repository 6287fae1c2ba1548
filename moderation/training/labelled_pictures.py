"""Labelled pictures: a folder of images and one CSV file that describes them.

Where their embeddings exist already, an .npy file with one row for each line of the CSV
takes the place of the images. The columns are `image_name` (a path inside the folder),
`object` (what is shown) and `tags` (the categories it shows, separated by `|`); further
columns are not read.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from moderation.errors import ModerationError
from moderation.image.heads import ImageEncoder
from moderation.image.uploads import read_image
from moderation.verdict import Category


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A file, what it shows, and the categories of that."""

    path: Path
    thing: str
    tags: frozenset[Category]


def read_labels(folder: Path) -> list[LabelledPicture]:
    """The pictures that the one CSV file of *folder* describes, or ModerationError."""
    files = sorted(folder.glob("*.csv"))
    if len(files) != 1:
        raise ModerationError(f"{folder} must hold one CSV file, found {len(files)}")
    with files[0].open(encoding="utf-8", newline="") as rows:
        try:
            return [_picture(folder, row) for row in csv.DictReader(rows)]
        except (KeyError, ValueError) as error:
            raise ModerationError(f"cannot follow {files[0]}: {error!r}") from error


def _picture(folder: Path, row: dict[str, str]) -> LabelledPicture:
    tags = (Category(tag) for tag in row["tags"].split("|") if tag)
    return LabelledPicture(folder / row["image_name"], row["object"], frozenset(tags))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledEmbeddings:
    """n embeddings [n, d] with, for each, its thing and its labels [n, categories]."""

    embeddings: NDArray[np.float32]
    labels: NDArray[np.bool_]
    things: NDArray[np.str_]
    categories: tuple[Category, ...]

    @classmethod
    def embed(cls, pictures: Iterable[LabelledPicture], encoder: ImageEncoder) -> Self:
        """The *pictures* as *encoder* sees them; the categories are those they show."""
        seen = [(p, encoder.embed(read_image(p.path.read_bytes()))) for p in pictures]
        embeddings = np.stack([embedding for _, embedding in seen])
        return cls.of([picture for picture, _ in seen], embeddings)

    @classmethod
    def read(cls, pictures: Sequence[LabelledPicture], path: Path) -> Self:
        """The *pictures* with their embeddings in the .npy file *path*, in order.

        Raises ModerationError when these are not as many, or no finite numbers.
        """
        try:
            embeddings = np.load(path, allow_pickle=False).astype(np.float32)
        except (OSError, ValueError, EOFError) as error:
            raise ModerationError(f"no embeddings in {path}: {error}") from error
        if embeddings.ndim != 2 or len(embeddings) != len(pictures):  # noqa: PLR2004  # [n, d]
            raise ModerationError(
                f"{path} holds {embeddings.shape} for {len(pictures)} pictures"
            )
        if not np.isfinite(embeddings).all():
            raise ModerationError(f"{path} holds what is no number")
        return cls.of(pictures, embeddings)

    @classmethod
    def of(
        cls, pictures: Sequence[LabelledPicture], embeddings: NDArray[np.float32]
    ) -> Self:
        """The *pictures* with their *embeddings* [n, d]."""
        shown = frozenset[Category]().union(*(picture.tags for picture in pictures))
        categories = tuple(category for category in Category if category in shown)
        return cls(
            embeddings=embeddings,
            labels=np.array([[c in p.tags for c in categories] for p in pictures]),
            things=np.array([picture.thing for picture in pictures]),
            categories=categories,
        )

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "LabelledEmbeddings":
        """The *chosen* ones of these."""
        return LabelledEmbeddings(
            embeddings=self.embeddings[chosen],
            labels=self.labels[chosen],
            things=self.things[chosen],
            categories=self.categories,
        )
