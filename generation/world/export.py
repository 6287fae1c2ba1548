"""Labelled pictures on disk, for whoever trains on the world from outside."""

import csv
from pathlib import Path
from typing import Final

import numpy as np

from generation.world.captions import caption, without_article
from generation.world.renderer import Renderer
from generation.world.vocabulary import COLOURS, LANGUAGES, things

LABELS: Final = "labels.csv"
COLUMNS: Final = ("image_name", "caption", "language", "object", "colour", "tags")


def export(
    renderer: Renderer, folder: Path, *, count: int, seed: int, side: int
) -> None:
    """Writes *count* square pictures and their labels to *folder*.

    Pictures that come later in the same seed never change those before them; several
    tags of one object are parted by a bar.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = things()
    with (folder / LABELS).open("w", encoding="utf-8", newline="") as file:
        labels = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        labels.writeheader()
        for index in range(count):
            random = np.random.default_rng([seed, index])
            thing = known[index % len(known)]
            colour = COLOURS[random.integers(len(COLOURS))]
            language = LANGUAGES[random.integers(len(LANGUAGES))]
            picture = renderer.render(thing, colour, frame=(side, side), random=random)
            name = f"{index:06}.png"
            picture.save(folder / name)
            labels.writerow(
                {
                    "image_name": name,
                    "caption": caption(thing, colour, language=language, random=random),
                    "language": language,
                    "object": without_article(thing.en[0]),
                    "colour": colour.en,
                    "tags": "|".join(sorted(thing.tags)),
                }
            )
