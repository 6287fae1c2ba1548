"""One spelling for every prompt: what the gates judge is what the generator reads.

Without it the two drift apart: CLIP's tokenizer resolves HTML entities and mojibake
where a classifier sees noise, and XLM-R folds full-width letters where CLIP sees bytes.
"""

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache

import ftfy

from moderation.text.homoglyphs import without_homoglyphs
from moderation.text.vocabulary import collapsed, english, russian

_ROUNDS = 8
_FEW = 3  # letters that may each be a word
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_MARKS = frozenset({"Mn", "Me"})
_BREVE_AND_DIAERESIS = frozenset("\u0306\u0308")
_RUSSIAN_WORDS = frozenset("абвжикосуя")
_PLAIN = re.compile(r"[ -~А-яЁё«»“”„—–]*")
_EUROPEAN = re.compile(r"[\W\d_A-Za-z\u00aa-\u052f\u1e00-\u1fff]")
_AMPERSANDS = re.compile(r"&(?:(?:amp|#0*38|#x0*26);?)+", re.IGNORECASE)
_TOKENS = re.compile(r"<\|(?:start|end)oftext\|>", re.IGNORECASE)
_REPEATS = re.compile(r"([^\W\d_])\1\1")
_RUNS = re.compile(r"([^\W\d_])\1\1+")
_WORD = re.compile(r"[^\W\d_]+")
_MEANT = re.compile(r"[IVXLCDM]+|[A-ZА-ЯЁ]{1,4}")  # VIII, СССР
_ALL_DOUBLED = re.compile(r"(?<![^\W\d_])(?:([^\W\d_])\1){3,}(?![^\W\d_])")
_SPREAD = tuple(
    re.compile(
        rf"(?<![^\W_])[^\W\d_](?:(?P<gap>[{gaps}])[^\W\d_])(?:(?P=gap)[^\W\d_])+"
        r"(?![^\W_])"
    )
    for gaps in (r".\-_*|/·•~+,", " ")
)


@dataclass(frozen=True, slots=True)
class Canonical:
    """A prompt's one spelling, and how much of it *changed* on the way, in [0, 1]."""

    text: str
    changed: float


def canonical(prompt: str) -> Canonical:
    """The one spelling of *prompt*; spelling it again changes nothing.

    Eight rounds resolve whatever an honest prompt nests. What still changes after them
    only an attack writes, and it loses the characters that made it possible.
    """
    text = prompt
    for _ in range(_ROUNDS):
        if (once := _once(text)) == text:
            return Canonical(text, _changed(prompt, text))
        text = once
    text = re.sub(r"[&<|>]", "", text)
    while (once := _once(text)) != text:
        text = once
    return Canonical(text, _changed(prompt, text))


def _once(text: str) -> str:
    if "&" in text:
        text = html.unescape(_AMPERSANDS.sub("&", text))
    if not _PLAIN.fullmatch(text):
        text = _composed(ftfy.fix_encoding(_encodable(text)))
        text = "".join(c for c in text if not _invisible(c))
    text = without_homoglyphs(_TOKENS.sub(" ", text))
    text = _drawn_together(text)
    if _REPEATS.search(text):
        text = _WORD.sub(_calmed, text)
    text = _ALL_DOUBLED.sub(_halved, text)
    return " ".join(text.split())


def _encodable(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8")


def _composed(text: str) -> str:
    """NFKC of *text* without marks over European letters; й and ё are letters."""
    kept, base = [], " "
    for c in unicodedata.normalize("NFKD", text):
        if unicodedata.category(c) not in _MARKS:
            base = c
        elif _EUROPEAN.match(base) and c not in _BREVE_AND_DIAERESIS:
            continue
        kept.append(c)
    whole = unicodedata.normalize("NFC", "".join(kept))
    return "".join(c for c in whole if c not in _BREVE_AND_DIAERESIS)


def _invisible(c: str) -> bool:
    return c in _FILLERS or (not c.isspace() and unicodedata.category(c) in _DROPPED)


def _drawn_together(text: str) -> str:
    """Spread words as words; where a sign spreads one, it spreads pairs, too."""
    for spread in _SPREAD:
        gaps = {run["gap"] for run in spread.finditer(text)}
        text = spread.sub(_joined, text) if gaps else text
        for gap in gaps:
            text = _pairs(gap).sub(_joined, text)
    return text


@cache
def _pairs(gap: str) -> re.Pattern[str]:
    sign = re.escape(gap)
    return re.compile(
        rf"(?<![^\W_])(?<!{sign})[^\W\d_](?P<gap>{sign})[^\W\d_](?![^\W_]|{sign}[^\W_])"
    )


def _joined(letters: re.Match[str]) -> str:
    """Spread letters as one word, unless each is a Russian word by itself."""
    joined = letters[0].replace(letters["gap"], "")
    if len(joined) <= _FEW and _RUSSIAN_WORDS.issuperset(joined):
        return letters[0]
    return joined


def _calmed(word: re.Match[str]) -> str:
    """A drawn-out word as the known one it was; a letter alone, as in xxxx, thrice."""
    drawn = word[0]
    if not _REPEATS.search(drawn) or _MEANT.fullmatch(drawn):
        return drawn
    if len(set(drawn)) == 1:
        return drawn[:3]
    return _known(drawn) or _RUNS.sub(r"\1", drawn)


def _halved(word: re.Match[str]) -> str:
    """A word whose letters all come twice."""
    return _known(word[0]) or word[0][::2]


def _known(drawn: str) -> str | None:
    """The known word that *drawn* draws out, in its case."""
    lowered = drawn.lower().replace("ё", "е")
    words = english() if lowered.isascii() else russian()
    if (found := words.by_collapsed.get(collapsed(lowered))) is None:
        return None
    if drawn.isupper():
        return found.upper()
    return found.capitalize() if drawn[0].isupper() else found


def _changed(prompt: str, text: str) -> float:
    """The share of characters, counted with repetition, that the two do not share."""
    before = " ".join(prompt.split())
    if before == text:
        return 0.0
    shared = (Counter(before) & Counter(text)).total()
    return 1 - 2 * shared / (len(before) + len(text))
