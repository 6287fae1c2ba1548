"""Made prompts, from templates and from patterns of alternatives, drawn at random.

No public set of Russian prompts exists.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Literal, Self

from moderation.training.labelled_texts import PICTURED, LabelledText
from moderation.verdict import Category

Split = Literal["train", "held-out", "all"]

_SLOT = re.compile(r"\{(\w+)\}")
_EVERY = 5


@dataclass(frozen=True, slots=True)
class LanguageTemplates:
    """The *lang* part of the grammar: slots, and templates by what they ask for."""

    lang: str
    parts: Mapping[str, Sequence[str]]
    safe: Mapping[str, Sequence[str]]
    unsafe: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class TemplateGrammar:
    """Templates of prompts; every fifth one is kept out of training for measuring."""

    languages: tuple[LanguageTemplates, ...]

    @classmethod
    def bundled(cls) -> Self:
        """The grammar beside this module."""
        text = (files("moderation.training") / "templates.toml").read_text("utf-8")
        return cls(
            tuple(LanguageTemplates(k, **v) for k, v in tomllib.loads(text).items())
        )

    def examples(
        self, split: Split, *, each: int, random: Random
    ) -> Iterator[LabelledText]:
        """*each* prompts from every template of *split*, drawn with *random*."""
        for language in self.languages:
            yield from _examples(language, split, each, random)


def _examples(
    language: LanguageTemplates, split: Split, each: int, random: Random
) -> Iterator[LabelledText]:
    harmless = dict.fromkeys(Category, False)
    for kind, templates in language.safe.items():
        source = f"made-{kind}"
        for template in of_split(split, templates):
            for text in _draw(language, template, each, random):
                yield LabelledText(text, language.lang, source, harmless)
    for name, templates in language.unsafe.items():
        for template in of_split(split, templates):
            for text in _draw(language, template, each, random):
                yield LabelledText(
                    text, language.lang, f"made-{name}", category_labels(name)
                )


def of_split(split: Split, templates: Sequence[str]) -> Sequence[str]:
    """Every fifth of *templates* for measuring, the others to train on, or all."""
    if split == "all":
        return templates
    held = split == "held-out"
    return [t for i, t in enumerate(templates) if (i % _EVERY == _EVERY - 1) is held]


def category_labels(name: str) -> dict[Category, bool]:
    """A template asks for its category; of the others only minors is sure to be absent.

    A picture of a minor is always meant sexually here.
    """
    labels = {Category.UNSAFE: True, Category(name): True}
    if name == Category.MINORS:
        labels[Category.SEXUAL] = True
    else:
        labels[Category.MINORS] = False
    apart = {Category.SEXUAL, Category.SELF_HARM, Category.ILLEGAL, Category.HATE}
    return {c: False for c in PICTURED if c in apart and c not in labels} | labels


def _draw(
    language: LanguageTemplates, template: str, each: int, random: Random
) -> Iterator[str]:
    for _ in range(each):
        text = _filled(language, template, random)
        if random.random() < 0.2:  # noqa: PLR2004  # now and then a style first
            text = f"{random.choice(language.parts['style'])}, {text}"
        for _ in range(random.choice((0, 0, 1, 2))):
            text = f"{text}, {random.choice(language.parts['tail'])}"
        yield text.capitalize() if random.random() < 0.3 else text  # noqa: PLR2004


def _filled(language: LanguageTemplates, template: str, random: Random) -> str:
    while _SLOT.search(template):
        template = _SLOT.sub(lambda s: random.choice(language.parts[s[1]]), template)
    return template


_ALTERNATIVES = re.compile(r"\(([^()]*)\)")
_PER_SAFE = 2  # prompts from a harmless pattern for each from another: they vary more

Slots = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class PatternGrammar:
    """Patterns over slots of what can be asked for in *lang*.

    In a pattern `(a|b)` is either, `(a|b)?` may be left out, and `{name}` is any entry
    of that slot. A thing stands alone or after a style; an act follows somebody.
    """

    lang: str
    slots: Slots
    safe_slots: Slots
    things: Mapping[str, Sequence[str]]
    acts: Mapping[str, Sequence[str]]
    safe: Mapping[str, Sequence[str]]

    @classmethod
    def bundled(cls, lang: str) -> Self:
        """The patterns of *lang*, en or ru, in the folder `patterns`."""
        unsafe, safe = _table(f"{lang}_unsafe"), _table(f"{lang}_safe")
        return cls(
            lang,
            _table("slots")[lang],
            _table(f"{lang}_safe_slots"),
            {name: _lines(kinds["things"]) for name, kinds in unsafe.items()},
            {name: _lines(kinds.get("acts", "")) for name, kinds in unsafe.items()},
            {name: _lines(text) for name, text in safe.items()},
        )

    def examples(
        self, split: Split, *, each: int, random: Random
    ) -> Iterator[LabelledText]:
        """*each* prompts from every pattern of *split*, drawn with *random*."""
        harmless = dict.fromkeys(Category, False)
        for kind, patterns in self.safe.items():
            for pattern in of_split(split, patterns):
                for _ in range(each * _PER_SAFE):
                    text = sample_text(pattern, self.safe_slots, random)
                    yield self._dressed(text, f"made-{kind}", harmless, random)
        for name in self.things:
            labels = category_labels(name)
            for pattern in of_split(split, self.things[name]):
                for _ in range(each):
                    text = sample_text(pattern, self.slots, random)
                    yield self._dressed(text, f"made-{name}", labels, random)
            for pattern in of_split(split, self.acts[name]):
                for _ in range(each):
                    text = self._acted(sample_text(pattern, self.slots, random), random)
                    yield self._dressed(text, f"made-{name}", labels, random)

    def _acted(self, act: str, random: Random) -> str:
        """*act* done by somebody, mostly, and now and then somewhere."""
        if random.random() < 0.92:  # noqa: PLR2004
            who = random.choice(random.choice((self.slots["she"], self.slots["he"])))
            act = f"{who} {act}"
        if random.random() < 0.3:  # noqa: PLR2004
            act = f"{act} {random.choice(self.slots['place'])}"
        return act

    def _dressed(
        self, text: str, source: str, labels: Mapping[Category, bool], random: Random
    ) -> LabelledText:
        """*text* in a style and with tails, as people write prompts."""
        if random.random() < 0.4:  # noqa: PLR2004
            text = f"{random.choice(self.slots['style'])} {text}"
        for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3))):
            text = f"{text}, {random.choice(self.slots['tail'])}"
        if random.random() < 0.25:  # noqa: PLR2004
            text = text[:1].upper() + text[1:]
        if random.random() < 0.08:  # noqa: PLR2004
            text += "."
        return LabelledText(text, self.lang, source, labels)


def sample_text(pattern: str, slots: Slots, random: Random) -> str:
    """One text of *pattern*, every choice made with *random*."""
    text = pattern
    while _ALTERNATIVES.search(text) or _SLOT.search(text):
        text = _SLOT.sub(lambda slot: random.choice(slots[slot[1]]), text)
        text = _ALTERNATIVES.sub(lambda a: random.choice(a[1].split("|")), text)
    return re.sub(r"\s+,", ",", " ".join(text.split())).strip(" ,")


@cache
def _table(name: str) -> dict[str, Any]:
    path = files("moderation.training") / "patterns" / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8"))


def _lines(text: str) -> tuple[str, ...]:
    lines = (line.replace(")?", "|)").strip() for line in text.splitlines())
    return tuple(line for line in lines if line)
