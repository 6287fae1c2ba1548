"""Captions: one picture said in many ways, in English, in Russian and in both."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from generation.world.english import ENGLISH
from generation.world.grammar import Grammar, drawn, plainest
from generation.world.russian import RUSSIAN
from generation.world.scene import Composition, Objects, Scene
from generation.world.vocabulary import LANGUAGES, Language

GRAMMARS: Final[Mapping[Language, Grammar]] = MappingProxyType(
    {"en": ENGLISH, "ru": RUSSIAN}
)

CAPITAL_SHARE: Final = 0.25  # of the captions begin with a capital
MIXED_SHARE: Final = 0.05  # of those with a background change language before it
SILENT_SHARE: Final = 0.25  # of what might be told is left out
PART_SHARE: Final = 0.4  # of the mentions of two things are of one of them


def plain_caption(scene: Scene, language: Language) -> str:
    """The most ordinary sentence for all of *scene*, by first names."""
    return GRAMMARS[language].sentence(scene, plainest)


def caption(scene: Scene, *, language: Language, random: np.random.Generator) -> str:
    """One way to say all of *scene* in *language*, drawn by *random*.

    A few say where it is in the other language: «a cat на красном фоне».
    """
    pick = drawn(random)
    said = GRAMMARS[language].sentence(scene, pick)
    subject, background = scene.subject, scene.background
    if (
        isinstance(subject, Objects)
        and background is not None
        and scene.style is None
        and random.random() < MIXED_SHARE
    ):
        other = GRAMMARS[LANGUAGES[1 - LANGUAGES.index(language)]]
        what = GRAMMARS[language].objects(subject, pick)
        said = f"{what} {pick(other.places(background))}"
    capital = random.random() < CAPITAL_SHARE
    return said[0].upper() + said[1:] if capital else said


def told(scene: Scene, random: np.random.Generator) -> Scene:
    """As much of *scene* as a caption might tell."""

    def silent() -> bool:
        return bool(random.random() < SILENT_SHARE)

    subject = scene.subject
    if isinstance(subject, Composition):
        subject = replace(subject, harmony=None) if silent() else subject
    else:
        groups = tuple(
            replace(
                group,
                size=None if silent() else group.size,
                place=None if silent() else group.place,
            )
            for group in subject.groups
        )
        relation = None if silent() else subject.relation
        subject = Objects(groups, relation)
    return Scene(subject, None if silent() else scene.background, scene.style)


def mentioned(scene: Scene, random: np.random.Generator) -> Scene:
    """*scene*, now and then with one only of its groups."""
    subject = scene.subject
    if (
        isinstance(subject, Composition)
        or len(subject.groups) == 1
        or random.random() >= PART_SHARE
    ):
        return scene
    group = subject.groups[int(random.integers(len(subject.groups)))]
    return replace(scene, subject=Objects((group,)))
