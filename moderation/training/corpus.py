"""Training texts of the prompt classifier: files, made prompts, names, disguises."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from random import Random

import emoji

from moderation.language import language
from moderation.text.lexicon import Lexicon
from moderation.text.linear import WINDOW, windows
from moderation.training.labelled_texts import (
    PICTURED,
    LabelledText,
    read,
    safe_entails,
)
from moderation.training.obfuscation import (
    deciphered,
    leet,
    misspelt,
    transliterated,
)
from moderation.training.synthetic_prompts import PatternGrammar, Split, TemplateGrammar
from moderation.verdict import Category

OBSCENE_FORMS = "obscene_forms_ru.txt"
_DECIPHERED = 0.6  # of the disguised texts are read again, the others stay disguised

_ENDINGS = {
    "en": ("", "", "s", "ed", "ing", "d", "es"),
    "ru": (
        "",
        "а",
        "ы",
        "ая",
        "ый",
        "ой",
        "ый",
        "ые",
        "ого",
        "ую",
        "ет",
        "и",
        "у",
        "ом",
    ),
}
_FRAMES = {
    "en": (
        "{}",
        "a photo of {}",
        "a woman, {}",
        "{} in a room",
        "people and {}",
        "{} art",
    ),
    "ru": ("{}", "фото, {}", "женщина, {}", "{} в комнате", "люди и {}", "{} крупно"),
}
_BACKGROUNDS = (
    ("en", ("red", "blue", "green", "yellow", "purple", "orange", "black", "white")),
    ("ru", ("красном", "синем", "зелёном", "жёлтом", "чёрном", "белом", "розовом")),
)


def training_texts(
    data: Path,
    *,
    without: frozenset[str] = frozenset(),
    split: Split = "all",
    random: Random,
) -> list[LabelledText]:
    """Every example to learn from: files of *data*, made prompts, emoji, disguises.

    Sources in *without* and made prompts outside *split* are left out, so that they can
    measure.
    """
    filed = [e for path in sorted(data.glob("*.csv")) for e in read(path)]
    kept = [safe_entails(e) for e in filed if e.source not in without]
    made = [*_unique(prompts(split, random))]
    named = list(_emoji(random))
    forms = list(_obscene(data / OBSCENE_FORMS, kept, random))
    listed = list(_listed(random))
    disguised = [*_disguised(made, random), *_disguised(kept[::4], random)]
    diluted = _diluted([*made, *listed], kept, random)
    parts = _windows(kept)
    calm = _calm(kept)
    return [
        *(*kept, *made, *named, *forms, *listed),
        *(*disguised, *diluted, *parts, *calm),
    ]


def prompts(split: Split, random: Random) -> Iterator[LabelledText]:
    """The made prompts of *split* in both languages."""
    yield from TemplateGrammar.bundled().examples(split, each=24, random=random)
    for lang in ("en", "ru"):
        yield from PatternGrammar.bundled(lang).examples(split, each=70, random=random)


def plainly_spelt(random: Random) -> list[LabelledText]:
    """Made prompts and names that no disguise has touched."""
    return [*prompts("all", random), *_emoji(random), *_emoji(random)]


def _unique(examples: Iterable[LabelledText]) -> Iterable[LabelledText]:
    return {example.text: example for example in examples}.values()


def _calm(kept: Sequence[LabelledText]) -> Iterator[LabelledText]:
    """Comments that are no image prompts, but ask for nothing unsafe, either.

    They teach the words of both languages that no caption has.
    """
    lexicon = Lexicon.bundled()
    safe = dict.fromkeys((*PICTURED, Category.UNSAFE), False)
    for example in kept:
        inoffensive = example.labels.get(Category.TOXIC) is False
        short = len(example.text) < WINDOW
        if inoffensive and short and not any(lexicon.scores(example.text).values()):
            yield LabelledText(example.text, example.lang, "calm-comments", safe)


def _emoji(random: Random) -> Iterator[LabelledText]:
    """The names of emoji as things to paint; a picture of a plain object is safe."""
    safe = dict.fromkeys(Category, False)
    for names in emoji.EMOJI_DATA.values():
        for lang, colours in _BACKGROUNDS:
            if name := names.get(lang, "").strip(":").replace("_", " "):
                where = random.choice(colours)
                on = f"on a {where} background" if lang == "en" else f"на {where} фоне"
                yield LabelledText(name, lang, "emoji", safe)
                yield LabelledText(f"{name} {on}", lang, "emoji", safe)


def _obscene(
    path: Path, kept: Sequence[LabelledText], random: Random
) -> Iterator[LabelledText]:
    """Inflected obscene words, half of them dropped into harmless Russian comments."""
    if not path.exists():
        return
    clean = [e.text for e in kept if e.labels.get(Category.TOXIC) is False]
    for form in random.sample(path.read_text("utf-8").split("\n"), 6000):
        words = random.choice(clean).split() if random.random() < 0.5 else []  # noqa: PLR2004
        words.insert(random.randint(0, len(words)), form)
        yield LabelledText(
            " ".join(words), "ru", "obscene-forms", {Category.TOXIC: True}
        )


def _listed(random: Random) -> Iterator[LabelledText]:
    """The lexicon's own phrases in sentences, so that their inflections weigh too."""
    document = tomllib.loads((files("moderation.text") / "lexicon.toml").read_text())
    lines = {"harmless": document["harmless"]} | {
        c: document[c]["strong"] + document[c]["weak"]
        for c in Category
        if c in document
    }
    for name, phrases in lines.items():
        for phrase in phrases:
            lang = language(phrase)
            labels = _listed_labels(name)
            for _ in range(6):
                text = random.choice(_FRAMES[lang]).format(_ended(phrase, lang, random))
                yield LabelledText(text, lang, f"listed-{name}", labels)


def _ended(phrase: str, lang: str, random: Random) -> str:
    """*phrase* with each open word ended somehow."""
    return "".join(random.choice(_ENDINGS[lang]) if c == "*" else c for c in phrase)


def _listed_labels(name: str) -> dict[Category, bool]:
    if name == "harmless":
        return dict.fromkeys(Category, False)
    return {Category(name): True} | (
        {} if name == Category.TOXIC else {Category.UNSAFE: True}
    )


def _windows(kept: Sequence[LabelledText]) -> Iterator[LabelledText]:
    """Stretches of long texts: what a whole text lacks, each of its parts lacks."""
    for example in kept:
        lacks = {c: False for c, present in example.labels.items() if not present}
        if lacks and len(example.text) > WINDOW:
            for part in [*windows(example.text)][1::3]:
                yield LabelledText(part, example.lang, example.source, lacks)


def _disguised(
    examples: Sequence[LabelledText], random: Random
) -> Iterator[LabelledText]:
    ways: tuple[Callable[[str], str], ...] = (
        lambda text: misspelt(text, random),
        transliterated,
        leet,
    )
    for example in random.sample(examples, len(examples) // 2):
        if random.random() < _DECIPHERED:
            text = deciphered(example.text, random)
        else:
            text = random.choice(ways)(example.text)
        yield LabelledText(text, example.lang, example.source, example.labels)


def _diluted(
    made: Sequence[LabelledText], kept: Sequence[LabelledText], random: Random
) -> Iterator[LabelledText]:
    """Made prompts after a harmless caption: company must not hide what is asked."""
    captions = [e.text for e in kept if e.labels.get(Category.UNSAFE) is False]
    for example in random.sample(made, len(made) // 4):
        text = (
            f"{random.choice(captions)}, {example.text}" if captions else example.text
        )
        yield LabelledText(text, example.lang, example.source, example.labels)
