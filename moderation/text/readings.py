"""What a prompt may say to a reader who sees through its spelling."""

import re
from dataclasses import dataclass

from moderation.protocols import Scores, TextClassifier
from moderation.text.letters import bundled
from moderation.verdict import Category

_CYRILLIC_BY_SOUND = {
    "shch": "щ",
    "sch": "щ",
    "yo": "ё",
    "jo": "ё",
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
_LATIN_LEET = str.maketrans("0134578@$", "oieastbas")
_CYRILLIC_LEET = str.maketrans("03468@", "озчбва")
_LATIN_TOKEN = re.compile(r"[a-z\[;'`][a-z'\[\];,.`]+[a-z'\[\];`]")
_CYRILLIC_TOKEN = re.compile(r"[а-яё]{3,}")
_NO_LETTER = re.compile(r"[^a-zа-я]")
_LEET_TOKEN = re.compile(r"(?<!\S)(?=\S*[^\W\d_])(?=\S*[01345678@$])[\w@$]{3,}")
_CLEARER = 0.45  # nats per letter by which a reading must be the likelier


@dataclass(frozen=True, slots=True)
class Readings:
    """Scores a canonical prompt by the worst of its plausible readings."""

    classifier: TextClassifier

    @property
    def version(self) -> str:
        """The version of the classifier that reads."""
        return f"{self.classifier.version}+readings-1"

    def scores(self, text: str, /) -> Scores:
        """Probability per category, the worst over `readings(text)`."""
        worst: dict[Category, float] = {}
        for reading in readings(text):
            for category, score in self.classifier.scores(reading).items():
                worst[category] = max(score, worst.get(category, 0.0))
        return worst


def readings(text: str) -> tuple[str, ...]:
    """*text* itself, then every other plausible way to read it.

    Another alphabet or keyboard is read only into words that look clearly more like
    the other language than they look like their own.
    """
    ways = (_unleet, _by_sound, _by_cyrillic_keys, _by_latin_keys)
    lowered = text.lower()
    others = (way(lowered) for way in ways)
    return tuple(dict.fromkeys([text, *(o for o in others if o != lowered)]))


def _unleet(text: str) -> str:
    """Digits and signs inside words as the letters they resemble."""
    return _LEET_TOKEN.sub(_letters_of, text)


def _letters_of(token: re.Match[str]) -> str:
    latin = any("a" <= c <= "z" for c in token[0])
    return token[0].translate(_LATIN_LEET if latin else _CYRILLIC_LEET)


def _by_sound(text: str) -> str:
    """Latin words that spell Russian ones by their sound."""
    return _LATIN_TOKEN.sub(
        lambda t: _likelier(t[0], _SOUND.sub(_sounded, t[0]), "en", "ru"), text
    )


def _sounded(sound: re.Match[str]) -> str:
    return _CYRILLIC_BY_SOUND[sound[0]]


def _by_cyrillic_keys(text: str) -> str:
    """Latin words typed while the Russian layout was meant."""
    return _LATIN_TOKEN.sub(
        lambda t: _likelier(t[0], t[0].translate(_TO_CYRILLIC_KEYS), "en", "ru"), text
    )


def _by_latin_keys(text: str) -> str:
    """Cyrillic words typed while the English layout was meant."""
    return _CYRILLIC_TOKEN.sub(
        lambda t: _likelier(t[0], t[0].translate(_TO_LATIN_KEYS), "ru", "en"), text
    )


def _likelier(word: str, reading: str, lang: str, other: str) -> str:
    seen = bundled(lang).likelihood(_NO_LETTER.sub("", word.replace("ё", "е")))
    meant = bundled(other).likelihood(reading.replace("ё", "е"))
    return reading if meant > seen + _CLEARER else word
