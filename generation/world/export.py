"""Labelled pictures on disk, for whoever trains on the world from outside."""

import csv
from pathlib import Path
from typing import Final

import numpy as np

from generation.world.captions import caption
from generation.world.english import without_article
from generation.world.renderer import Renderer
from generation.world.repertoire import Repertoire
from generation.world.scene import Composition, Group, Objects, Plain, Scene
from generation.world.vocabulary import COLOURS, LANGUAGES

LABELS: Final = "labels.csv"
COLUMNS: Final = ("image_name", "caption", "language", "object", "tags")
ABSTRACT: Final = "composition"


def export(  # noqa: PLR0913  # what the command lets one choose
    renderer: Renderer,
    folder: Path,
    *,
    count: int,
    seed: int,
    side: int,
    plain: bool,
) -> None:
    """Writes *count* square pictures and their labels to *folder*.

    They are scenes of every kind or, *plain*, one thing on one colour, every thing as
    often as any other. Pictures that come later in the same seed never change those
    before them; several things, or tags, of one picture are parted by a bar.
    """
    folder.mkdir(parents=True, exist_ok=True)
    repertoire = Repertoire()
    with (folder / LABELS).open("w", encoding="utf-8", newline="") as file:
        labels = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        labels.writeheader()
        for index in range(count):
            random = np.random.default_rng([seed, index])
            scene = _plain(index, random) if plain else repertoire.scene(random)
            picture = renderer.render(scene, frame=(side, side), random=random)
            name = f"{index:06}.png"
            picture.save(folder / name)
            language = LANGUAGES[int(random.integers(len(LANGUAGES)))]
            said = caption(scene, language=language, random=random)
            labels.writerow(
                {"image_name": name, "caption": said, "language": language}
                | _labels(scene)
            )


def _plain(index: int, random: np.random.Generator) -> Scene:
    known = Repertoire().known
    colour = COLOURS[int(random.integers(len(COLOURS)))]
    return Scene(Objects((Group(known[index % len(known)]),)), Plain(colour))


def _labels(scene: Scene) -> dict[str, str]:
    if isinstance(scene.subject, Composition):
        return {"object": ABSTRACT, "tags": ""}
    things = [group.thing for group in scene.subject.groups]
    tags = sorted({tag for thing in things for tag in thing.tags})
    names = [without_article(thing.en[0]) for thing in things]
    return {"object": "|".join(names), "tags": "|".join(tags)}
