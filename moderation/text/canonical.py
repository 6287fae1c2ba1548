"""One spelling for every prompt: what the gates judge is what the generator reads.

Without it the two drift apart: CLIP's tokenizer resolves HTML entities and mojibake
where a classifier sees noise, and XLM-R folds full-width letters where CLIP sees bytes.
"""

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

import ftfy

from moderation.text.scripts import repaired

_ROUNDS = 8
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_MARKS = frozenset({"Mn", "Me"})
_BREVE_AND_DIAERESIS = frozenset("\u0306\u0308")
_RUSSIAN_WORDS = frozenset("абвжикосуя ")
_PLAIN = re.compile(r"[ -~А-яЁё«»“”„—–]*")
_EUROPEAN = re.compile(r"[\W\d_A-Za-z\u00aa-\u052f\u1e00-\u1fff]")
_AMPERSANDS = re.compile(r"&(?:(?:amp|#0*38|#x0*26);?)+", re.IGNORECASE)
_TOKENS = re.compile(r"<\|(?:start|end)oftext\|>", re.IGNORECASE)
_REPEATS = re.compile(r"([^\W\d_])\1{3,}")
_APART = re.compile(
    r"(?<![^\W_])[^\W\d_](?:(?P<gap>[ .\-_*|/·•~+,])[^\W\d_])(?:(?P=gap)[^\W\d_])+"
    r"(?![^\W_])"
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
    if not text.isascii():
        text = ftfy.fix_encoding(_encodable(text))
    if not _PLAIN.fullmatch(text):
        text = _composed(text)
        text = "".join(c for c in text if not _invisible(c))
    text = repaired(_TOKENS.sub(" ", text))
    text = _REPEATS.sub(_shorter, _APART.sub(_joined, text))
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


def _joined(letters: re.Match[str]) -> str:
    """Spread letters as one word, unless each is a Russian word by itself."""
    if _RUSSIAN_WORDS.issuperset(letters[0]):
        return letters[0]
    return letters[0].replace(letters["gap"], "")


def _shorter(run: re.Match[str]) -> str:
    """A letter written four times or more is meant once; alone, as in xxxx, thrice."""
    before, after = run.string[: run.start()][-1:], run.string[run.end() :][:1]
    return run[1] * (1 if before.isalpha() or after.isalpha() else 3)


def _changed(prompt: str, text: str) -> float:
    """The share of characters, counted with repetition, that the two do not share."""
    before = " ".join(prompt.split())
    if before == text:
        return 0.0
    shared = (Counter(before) & Counter(text)).total()
    return 1 - 2 * shared / (len(before) + len(text))
