"""Disguised words of a prompt, read as what they may spell."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from moderation.protocols import Scores, TextClassifier
from moderation.text.bigrams import bundled as bigrams
from moderation.text.vocabulary import (
    collapsed,
    cyrillic_phonetic_key,
    english,
    latin_phonetic_keys,
    leet_key,
    russian,
)
from moderation.verdict import Category

_CYRILLIC_BY_SOUND = {
    "shch": "щ",
    "sch": "щ",
    "yo": "е",
    "jo": "е",
    "zh": "ж",
    "kh": "х",
    "ts": "ц",
    "ch": "ч",
    "sh": "ш",
    "yu": "ю",
    "ju": "ю",
    "ya": "я",
    "ja": "я",
    "ia": "ия",
    "ye": "е",
    "'": "ь",
} | dict(zip("abvgdezijklmnoprstufhcyqwx", "абвгдезийклмнопрстуфхцыкввх", strict=False))
_SOUND = re.compile("|".join(sorted(_CYRILLIC_BY_SOUND, key=len, reverse=True)))
_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN_KEYS = "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_CYRILLIC_KEYS = str.maketrans(_QWERTY, _RUSSIAN_KEYS)
_TO_LATIN_KEYS = str.maketrans(_RUSSIAN_KEYS, _QWERTY)
_LATIN_LEET = str.maketrans("01345789@$!|+€£", "oieastbgasiitel")
_CYRILLIC_LEET = str.maketrans("013456789@$!|+", "оиеасбтвдасилт")
_LATIN_LETTERS = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            # ъ and ь have no letter of their own
            re.split(
                " ",
                "a b v g d e e zh z i y k l m n o p r s t u f h c ch sh sh  y  e u ya",
            ),
            strict=True,
        )
    )
)
_EDGES = '.,:;!?()[]{}"«»“”„*_~#%&<>—–-/\\'
_WORDS_INSIDE = re.compile(r"[a-zа-я0-9@$!|+€£']+")
_LATIN = re.compile(r"[a-z']+")
_CYRILLIC = re.compile(r"[а-я]+")
_SIGNS = re.compile(r"[0-9@$!|+€£]")
_LETTER = re.compile(r"[a-zа-я]")
_ROMAN = re.compile(r"[ivxlcdm]+")
_NUMBERED = re.compile(r"\d+(?:[a-zа-я]{1,4}|(?:st|nd|rd|th)|-\w+)?|[a-zа-я]+\d+")
_CLEARER = 0.45  # nats per letter by which a reading must be the likelier
_SHORT, _JOINED = 3, 9  # letters of a word left alone, of one that may be several
_LONGEST = 400  # letters; what is longer is no disguised prompt
_REMEMBERED = 1 << 15  # tokens: most prompts are made of few words
_SHARE = 0.5  # of the longer words to be Russian, before the short ones are, too


@dataclass(frozen=True, slots=True)
class DeobfuscatingClassifier:
    """Scores a canonical prompt by the worst of its plausible readings."""

    classifier: TextClassifier

    @property
    def version(self) -> str:
        """The version of the classifier that reads."""
        return f"{self.classifier.version}+readings-2"

    def scores(self, text: str, /) -> Scores:
        """Probability per category, the worst over `readings(text)`."""
        worst: dict[Category, float] = {}
        for reading in deobfuscated(text):
            for category, score in self.classifier.scores(reading).items():
                worst[category] = max(score, worst.get(category, 0.0))
        return worst


def deobfuscated(text: str) -> tuple[str, ...]:
    """*text* itself and, when some of its words look disguised, what they may spell.

    A word is read otherwise only when it is unknown, and only into known words or into
    ones that look clearly more like the other language.
    """
    lowered = text.lower().replace("ё", "е")
    tokens = lowered.split()
    read = [_read(token) for token in tokens]
    if read == tokens:
        return (text,)
    read = _all(tokens, read, _LATIN, _CYRILLIC, _by_sound)
    read = _all(tokens, read, _CYRILLIC, _LATIN, _by_letters)
    return text, " ".join(read)


def _all(
    tokens: list[str],
    read: list[str],
    script: re.Pattern[str],
    other: re.Pattern[str],
    spell: Callable[[str], str],
) -> list[str]:
    """*read* wholly in the *other* script, where most longer words turned out so."""
    of_script = [script.match(token) is not None for token in tokens]
    turned = [
        was and other.match(now) is not None
        for was, now in zip(of_script, read, strict=True)
    ]
    longer = [was and len(t) > _SHORT for was, t in zip(of_script, tokens, strict=True)]
    if not any(turned) or sum(turned) < _SHARE * sum(longer):
        return read
    return [
        spell(r) if was and r == t and (len(t) <= _SHORT or not _is_known(t)) else r
        for was, t, r in zip(of_script, tokens, read, strict=True)
    ]


@lru_cache(_REMEMBERED)
def _read(token: str) -> str:
    """One word, with the signs around it, as it may be meant."""
    core = token.strip(_EDGES)
    if _is_known(core) or not _LETTER.search(core) or len(token) > _LONGEST:
        return token
    if (read := _WORDS_INSIDE.sub(lambda part: _known(part[0]), token)) != token:
        return read
    if (typed := _by_keys(token)) is not None:
        return typed
    return _WORDS_INSIDE.sub(lambda part: _likely(part[0]), token)


def _known(word: str) -> str:
    """The known word or words that *word* disguises, or itself."""
    if len(word) < _SHORT or _is_known(word) or _ROMAN.fullmatch(word):
        return word
    if _SIGNS.search(word):
        return _without_signs(word)
    ways: tuple[Callable[[str], str | None], ...]
    if _LATIN.fullmatch(word):
        ways = (_undoubled, _by_known_sound, _apart)
    else:
        ways = (_undoubled, _by_latin_sound, _apart)
    return next((read for way in ways if (read := way(word)) is not None), word)


def _likely(word: str) -> str:
    """Latin *word* by its sound, if that looks clearly more like Russian."""
    if len(word) < _SHORT or not _LATIN.fullmatch(word) or _is_known(word):
        return word
    spelt = _by_sound(word)
    clear = not _ROMAN.fullmatch(word) and _likelier(word, "en", spelt, "ru")
    return spelt if clear else word


def _is_known(word: str) -> bool:
    return word in english().known or word in russian().known


def _without_signs(word: str) -> str:
    """*word* with letters for digits and signs, into a known word if there is one."""
    end = word.rstrip("!|+")
    if _NUMBERED.fullmatch(end) or not _LETTER.search(end):
        return word
    cyrillic = _CYRILLIC.search(end) is not None
    words = russian() if cyrillic else english()
    found = words.by_leet_key.get(leet_key(end))
    if found is None:
        found = end.translate(_CYRILLIC_LEET if cyrillic else _LATIN_LEET)
        found = _known(found) if not _SIGNS.search(found) else found
    return found + word[len(end) :]


def _undoubled(word: str) -> str | None:
    """The known word of which *word* doubles letters."""
    once = collapsed(word)
    if once == word:
        return None
    words = english() if _LATIN.fullmatch(word) else russian()
    return words.by_collapsed.get(once)


def _by_known_sound(word: str) -> str | None:
    """The known Russian word that Latin *word* spells by sound."""
    if len(word) <= _SHORT:
        return None
    found = (
        russian().by_phonetic_key.get(sound) for sound in latin_phonetic_keys(word)
    )
    return next((word for word in found if word), None)


def _by_latin_sound(word: str) -> str | None:
    """The known English word that Cyrillic *word* spells letter by letter."""
    return (
        english().by_phonetic_key.get(cyrillic_phonetic_key(word))
        if len(word) > _SHORT
        else None
    )


def _apart(word: str) -> str | None:
    """Several known words that *word* runs together."""
    if len(word) < _JOINED:
        return None
    words = english() if _LATIN.fullmatch(word) else russian()
    parts = words.segmented(word)
    return " ".join(parts) if parts else None


def _by_sound(word: str) -> str:
    return _SOUND.sub(lambda sound: _CYRILLIC_BY_SOUND[sound[0]], word)


def _by_letters(word: str) -> str:
    return word.translate(_LATIN_LETTERS)


def _by_keys(token: str) -> str | None:
    """*token* typed with the other keyboard layout, if that is clearly a word."""
    if len(token) < _SHORT:
        return None
    if "a" <= token.strip(_EDGES)[:1] <= "z" or token[0] in _QWERTY:
        typed, lang, other = token.translate(_TO_CYRILLIC_KEYS), "en", "ru"
    else:
        typed, lang, other = token.translate(_TO_LATIN_KEYS), "ru", "en"
    typed = typed.replace("ё", "е")
    core = typed.strip(_EDGES)
    if len(core) < _SHORT:
        return None
    if core in (russian() if other == "ru" else english()).known:
        return typed
    return typed if _likelier(token, lang, core, other) and _rare(token) else None


def _rare(token: str) -> bool:
    """Whether *token* cannot be spelt by sound, either."""
    core = token.strip(_EDGES)
    return _by_known_sound(core) is None if _LATIN.fullmatch(core) else True


def _likelier(word: str, lang: str, reading: str, other: str) -> bool:
    plain = "".join(_LATIN.findall(word) if lang == "en" else _CYRILLIC.findall(word))
    seen = bigrams(lang).log_likelihood(plain.replace("'", ""))
    meant = bigrams(other).log_likelihood(reading)
    return meant > seen + _CLEARER
