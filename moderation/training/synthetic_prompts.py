"""Made prompts in English and Russian: no public set of Russian ones exists."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Literal, Self

from moderation.training.labelled_texts import PICTURED, Example
from moderation.verdict import Category

Split = Literal["train", "held-out", "all"]

_SLOT = re.compile(r"\{(\w+)\}")
_EVERY = 5


@dataclass(frozen=True, slots=True)
class Language:
    """The *lang* part of the grammar: slots, and templates by what they ask for."""

    lang: str
    parts: Mapping[str, Sequence[str]]
    safe: Mapping[str, Sequence[str]]
    unsafe: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Templates of prompts; every fifth one is kept out of training for measuring."""

    languages: tuple[Language, ...]

    @classmethod
    def bundled(cls) -> Self:
        """The grammar beside this module."""
        text = (files("moderation.training") / "templates.toml").read_text("utf-8")
        return cls(tuple(Language(k, **v) for k, v in tomllib.loads(text).items()))

    def examples(self, split: Split, *, each: int, random: Random) -> Iterator[Example]:
        """*each* prompts from every template of *split*, drawn with *random*."""
        for language in self.languages:
            yield from _examples(language, split, each, random)


def _examples(
    language: Language, split: Split, each: int, random: Random
) -> Iterator[Example]:
    harmless = dict.fromkeys(Category, False)
    for kind, templates in language.safe.items():
        source = f"made-{kind}"
        for template in of_split(split, templates):
            for text in _draw(language, template, each, random):
                yield Example(text, language.lang, source, harmless)
    for name, templates in language.unsafe.items():
        for template in of_split(split, templates):
            for text in _draw(language, template, each, random):
                yield Example(text, language.lang, f"made-{name}", asked(name))


def of_split(split: Split, templates: Sequence[str]) -> Sequence[str]:
    """Every fifth of *templates* for measuring, the others to train on, or all."""
    if split == "all":
        return templates
    held = split == "held-out"
    return [t for i, t in enumerate(templates) if (i % _EVERY == _EVERY - 1) is held]


def asked(name: str) -> dict[Category, bool]:
    """A template asks for its category; of the others only minors is sure to be absent.

    A picture of a minor is always meant sexually here.
    """
    asked = {Category.UNSAFE: True, Category(name): True}
    if name == Category.MINORS:
        asked[Category.SEXUAL] = True
    else:
        asked[Category.MINORS] = False
    apart = {Category.SEXUAL, Category.SELF_HARM, Category.ILLEGAL, Category.HATE}
    return {c: False for c in PICTURED if c in apart and c not in asked} | asked


def _draw(
    language: Language, template: str, each: int, random: Random
) -> Iterator[str]:
    for _ in range(each):
        text = _filled(language, template, random)
        if random.random() < 0.2:  # noqa: PLR2004  # now and then a style first
            text = f"{random.choice(language.parts['style'])}, {text}"
        for _ in range(random.choice((0, 0, 1, 2))):
            text = f"{text}, {random.choice(language.parts['tail'])}"
        yield text.capitalize() if random.random() < 0.3 else text  # noqa: PLR2004


def _filled(language: Language, template: str, random: Random) -> str:
    while _SLOT.search(template):
        template = _SLOT.sub(lambda s: random.choice(language.parts[s[1]]), template)
    return template
