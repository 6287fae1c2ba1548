"""Forms of names: English plurals, and the cases of Russian nouns and adjectives.

The dictionaries behind them are read when the first form is asked for.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from generation.world.vocabulary import ARTICLES, Thing

Case = Literal["nomn", "gent", "datv", "accs", "ablt", "loct"]
Gender = Literal["masc", "femn", "neut"]

PROPER: Final = frozenset({"Name", "Surn", "Patr", "Geox"})
"""Names of people and places: no object of ours has one."""


@dataclass(frozen=True, slots=True)
class Noun:
    """A Russian name: what agrees with its noun, the noun, and what follows it."""

    before: tuple[str, ...]
    head: str
    after: tuple[str, ...]
    gender: Gender

    def form(self, case: Case, *adjectives: str, plural: bool = False) -> str:
        """The name in *case* behind *adjectives*, which agree with it."""
        number = "plur" if plural else "sing"
        return self._joined(adjectives, case, number, _head(self.head, case, number))

    def counted(self, *adjectives: str) -> str:
        """The name as it stands after a numeral from two to four.

        «две (большие) летучие мыши», «два (больших) воздушных шара».
        """
        case: Case = "nomn" if self.gender == "femn" else "gent"
        return self._joined(adjectives, case, "plur", _head(self.head, "gent", "sing"))

    def _joined(
        self, adjectives: tuple[str, ...], case: Case, number: str, head: str
    ) -> str:
        agreeing = [
            adjective(word, case, self.gender, plural=number == "plur")
            for word in (*adjectives, *self.before)
        ]
        return " ".join((*agreeing, head, *self.after))


@cache
def noun(name: str) -> Noun | None:
    """The forms of the Russian *name*; None where no rule makes them.

    That is so for what has no singular («очки») and for pairs («лук и стрела»).
    """
    words = name.split()
    place = next((i for i, word in enumerate(words) if _noun(word)), None)
    if place is None or "и" in words:
        return None
    head, after = _noun(words[place]), words[place + 1 :]
    if after and (next_to := _noun(after[0])) and "Fixd" not in next_to.tag:
        return None
    gender: Gender = head.tag.gender
    return Noun(tuple(words[:place]), words[place], tuple(after), gender)


@cache
def adjective(word: str, case: Case, gender: Gender, *, plural: bool = False) -> str:
    """The Russian adjective *word*, given in any gender, as it stands in *case*."""
    parses = [p for p in _russian().parse(word) if p.tag.POS in {"ADJF", "PRTF"}]
    wanted = {"plur", case} if plural else {"sing", gender, case}
    for parse in parses:
        if inflected := parse.inflect(wanted):
            return str(inflected.word)
    raise ValueError(f"no adjective: {word!r}")


@cache
def english_plural(name: str) -> str:
    """More than one of the English *name*, which has no article."""
    return str(_english().plural_noun(name))


@cache
def countable(thing: Thing) -> bool:
    """Whether two of *thing* can be spoken of, by its first name in each language."""
    return thing.en[0].startswith(ARTICLES[:2]) and noun(thing.ru[0]) is not None


def _noun(word: str) -> Any:
    """The parse of *word* as a common noun in the nominative singular, or None."""
    for parse in _russian().parse(word):
        tag = parse.tag
        if {"NOUN", "nomn", "sing"} <= tag.grammemes and not PROPER & tag.grammemes:
            return parse
    return None


@cache
def _head(word: str, case: Case, number: str) -> str:
    parse = _noun(word)
    if "Fixd" in parse.tag:
        return word
    return str(parse.inflect({case, number}).word)


@cache
def _russian() -> Any:
    from pymorphy3 import MorphAnalyzer  # noqa: PLC0415  # reads its dictionary

    return MorphAnalyzer()


@cache
def _english() -> Any:
    from inflect import engine  # noqa: PLC0415  # only those who train need it

    return engine()
