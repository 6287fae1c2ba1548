"""Made prompts: patterns of alternatives, drawn at random in English and Russian."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Self

from moderation.training.labelled_texts import Example
from moderation.training.synthetic_prompts import Split, asked, of_split
from moderation.verdict import Category

_ALTERNATIVES = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")
_PER_SAFE = 2  # prompts from a harmless pattern for each from another: they vary more

Slots = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Phrases:
    """What can be asked for in *lang*, as patterns over slots.

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

    def examples(self, split: Split, *, each: int, random: Random) -> Iterator[Example]:
        """*each* prompts from every pattern of *split*, drawn with *random*."""
        harmless = dict.fromkeys(Category, False)
        for kind, patterns in self.safe.items():
            for pattern in of_split(split, patterns):
                for _ in range(each * _PER_SAFE):
                    text = drawn(pattern, self.safe_slots, random)
                    yield self._dressed(text, f"made-{kind}", harmless, random)
        for name in self.things:
            labels = asked(name)
            for pattern in of_split(split, self.things[name]):
                for _ in range(each):
                    text = drawn(pattern, self.slots, random)
                    yield self._dressed(text, f"made-{name}", labels, random)
            for pattern in of_split(split, self.acts[name]):
                for _ in range(each):
                    text = self._acted(drawn(pattern, self.slots, random), random)
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
    ) -> Example:
        """*text* in a style and with tails, as people write prompts."""
        if random.random() < 0.4:  # noqa: PLR2004
            text = f"{random.choice(self.slots['style'])} {text}"
        for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3))):
            text = f"{text}, {random.choice(self.slots['tail'])}"
        if random.random() < 0.25:  # noqa: PLR2004
            text = text[:1].upper() + text[1:]
        if random.random() < 0.08:  # noqa: PLR2004
            text += "."
        return Example(text, self.lang, source, labels)


def drawn(pattern: str, slots: Slots, random: Random) -> str:
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
