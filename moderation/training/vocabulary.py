"""Learn which letters follow which from the harmless texts of both languages."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from moderation.text.bigrams import Letters
from moderation.training.labelled_texts import Example

ALPHABETS: Mapping[str, str] = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
}


def save(examples: Iterable[Example], folder: Path) -> None:
    """Write `prompt-bigrams-en.txt` and `prompt-bigrams-ru.txt` into *folder*."""
    known = list(examples)
    for lang, alphabet in ALPHABETS.items():
        model = Letters.learnt(alphabet, _words(known, lang, alphabet))
        path = folder / f"prompt-bigrams-{lang}.txt"
        path.write_text(model.written() + "\n", "utf-8")


def _words(examples: Iterable[Example], lang: str, alphabet: str) -> Iterator[str]:
    """The words of *lang*'s texts, each once per text."""
    word = re.compile(f"[{alphabet}]+")
    for example in examples:
        if example.lang == lang:
            yield from set(word.findall(example.text.lower().replace("ё", "е")))
