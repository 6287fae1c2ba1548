"""Words and phrases that decide by themselves, in English and Russian."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

from moderation.protocols import Scores
from moderation.text.features import folded
from moderation.verdict import Category

STRONG, WEAK = 0.98, 0.8

_SCORES = {"strong": STRONG, "weak": WEAK}
_DRAWN_OUT = re.compile(r"(?<=\w)(\w)\1{2,}|(\w)\2{2,}(?=\w)")
_AGE = re.compile(
    r" (\d{1,2}) ?(?:(?:year|yr)s? old|(?:yo|y o)(?= )"
    r"|лет|годовал|годика|год(?:а|у)?(?= ))"
)
_ADULT = 18
_LONGEST = 24  # letters of a beginning of a word


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words, or beginnings of words where *open*, that follow each other.

    At most *between* other words stand in each gap; *tag* says what the phrase is for.
    """

    tag: str
    words: tuple[str, ...]
    open: tuple[bool, ...]
    between: int

    @classmethod
    def parse(cls, tag: str, line: str, between: int) -> Self:
        """The phrase that *line* spells, `*` ending a beginning."""
        words = line.split()
        opened = tuple(word.endswith("*") for word in words)
        return cls(tag, tuple(word.rstrip("*") for word in words), opened, between)

    def end(self, text: Sequence[str], start: int) -> int | None:
        """The end of the phrase that begins at word *start* of *text*, if it does."""
        position = start + 1
        for word, is_open in zip(self.words[1:], self.open[1:], strict=True):
            for i, candidate in enumerate(text[position : position + self.between + 1]):
                if candidate.startswith(word) if is_open else candidate == word:
                    position += i + 1
                    break
            else:
                return None
        return position


@dataclass(frozen=True, slots=True)
class PhraseIndex:
    """Phrases found by their first word: how many there are costs no time."""

    by_word: Mapping[str, Sequence[Phrase]]
    by_beginning: Mapping[str, Sequence[Phrase]]

    @classmethod
    def of(cls, phrases: Iterable[Phrase]) -> Self:
        """*phrases* arranged by their first words."""
        by_word: dict[str, list[Phrase]] = {}
        by_beginning: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            index = by_beginning if phrase.open[0] else by_word
            index.setdefault(phrase.words[0], []).append(phrase)
        return cls(by_word, by_beginning)

    def found(self, text: Sequence[str]) -> Iterator[tuple[str, range]]:
        """The tag of each phrase in *text* with the stretch of words it covers."""
        for start, word in enumerate(text):
            for phrase in self._beginning(word):
                if (end := phrase.end(text, start)) is not None:
                    yield phrase.tag, range(start, end)

    def _beginning(self, word: str) -> Iterator[Phrase]:
        yield from self.by_word.get(word, ())
        for length in range(2, min(len(word), _LONGEST) + 1):
            yield from self.by_beginning.get(word[:length], ())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Scores a text by the phrases it holds, whatever else it says.

    A word about children, or an age under eighteen, beside a word about sex or
    undressing is always about minors.
    """

    version: str
    categories: tuple[Category, ...]
    harmful: PhraseIndex
    harmless: PhraseIndex

    @classmethod
    def bundled(cls) -> Self:
        """The lexicon that ships with the package."""
        return cls.parse((files("moderation.text") / "lexicon.toml").read_text("utf-8"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The lexicon that the TOML *text* spells out."""
        document: dict[str, Any] = tomllib.loads(text)
        categories = tuple(c for c in Category if c in document)
        lists = [(_tag(c, s), document[c][s], 2) for c in categories for s in _SCORES]
        lists += [("child", document["child"], 0), ("bare", document["undressed"], 2)]
        return cls(
            document["version"],
            categories,
            PhraseIndex.of(
                Phrase.parse(t, x, b) for t, lines, b in lists for x in lines
            ),
            PhraseIndex.of(Phrase.parse("", line, 0) for line in document["harmless"]),
        )

    def scores(self, text: str, /) -> Scores:
        """STRONG, WEAK or 0 for each category; 1 for minors where the rule decides."""
        spelled = _DRAWN_OUT.sub(r"\1\2", folded(text))
        tags = {tag for tag, _ in self.harmful.found(self._in_play(spelled.split()))}
        scores = {
            c: max((p for s, p in _SCORES.items() if _tag(c, s) in tags), default=0.0)
            for c in self.categories
        }
        if (scores[Category.SEXUAL] or "bare" in tags) and (
            "child" in tags or _has_a_young_age(spelled)
        ):
            scores[Category.MINORS] = 1.0
        return scores

    def _in_play(self, words: list[str]) -> list[str]:
        """*words* with those of harmless phrases blanked, their places kept."""
        for _, stretch in list(self.harmless.found(words)):
            words[stretch.start : stretch.stop] = [""] * len(stretch)
        return words


def _tag(category: Category, strength: str) -> str:
    return f"{category} {strength}"


def _has_a_young_age(spelled: str) -> bool:
    return any(int(age) < _ADULT for age in _AGE.findall(spelled))
