"""The bigrams and the words of both languages, learnt from harmless texts."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from moderation.text.bigrams import BigramModel
from moderation.training.labelled_texts import LabelledText

ALPHABETS: Mapping[str, str] = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
}


def save_bigrams(examples: Iterable[LabelledText], folder: Path) -> None:
    """Write `prompt-bigrams-en.txt` and `prompt-bigrams-ru.txt` into *folder*."""
    known = list(examples)
    for lang, alphabet in ALPHABETS.items():
        model = BigramModel.fitted(alphabet, _words(known, lang, alphabet))
        path = folder / f"prompt-bigrams-{lang}.txt"
        path.write_text(model.dumps() + "\n", "utf-8")


def _words(examples: Iterable[LabelledText], lang: str, alphabet: str) -> Iterator[str]:
    """The words of *lang*'s texts, each once per text."""
    word = re.compile(f"[{alphabet}]+")
    for example in examples:
        if example.lang == lang:
            yield from set(word.findall(example.text.lower().replace("ё", "е")))


_LEAST, _LONGEST = 2, 24
_TRIPLED = re.compile(r"(.)\1\1")
_SHORT = frozenset(
    re.split(
        " ",
        "a i an of in on to by is at it he my no up we me or as be do go so us am if oh"
        " в на не и я с а у о к по из за то ты мы он ее их до же бы да но от со во ни"
        " ну об им ей",
    )
)


def save_words(examples: Iterable[LabelledText], folder: Path) -> None:
    """Write `prompt-words-en.txt` and `prompt-words-ru.txt` into *folder*.

    A word is kept when it stands in two texts; the most usual comes first.
    """
    known = list(examples)
    for lang, alphabet in ALPHABETS.items():
        run = re.compile(f"[{alphabet}]+")
        texts = (e.text.lower().replace("ё", "е") for e in known if e.lang == lang)
        seen = Counter(word for text in texts for word in set(run.findall(text)))
        kept = [w for w, times in seen.most_common() if times >= _LEAST and _fits(w)]
        path = folder / f"prompt-words-{lang}.txt"
        path.write_text("\n".join(kept) + "\n", "utf-8")


def _fits(word: str) -> bool:
    if len(word) < 3:  # noqa: PLR2004  # most are initials and scraps
        return word in _SHORT
    return len(word) <= _LONGEST and not _TRIPLED.search(word)
