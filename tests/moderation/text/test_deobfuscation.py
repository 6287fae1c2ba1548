from dataclasses import dataclass, field

import pytest

from moderation import Category
from moderation.text.deobfuscation import DeobfuscatingClassifier, deobfuscated


@dataclass
class Listener:
    """Scores only the reading it is afraid of, and remembers what it heard."""

    afraid_of: str
    heard: list[str] = field(default_factory=list)
    version: str = "listener-1"

    def scores(self, text: str, /) -> dict[Category, float]:
        self.heard.append(text)
        return {Category.SEXUAL: float(self.afraid_of in text)}


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("draw golaya devushka", "голая девушка"),
        ("golaya zhenshchina", "голая женщина"),
        ("ujkfz ltdeirf", "голая девушка"),
        ("тгву цщьфт", "nude woman"),
        ("p0rn with n4k3d people", "porn with naked people"),
        ("n!pples and bl00d", "nipples and blood"),
        ("г0л4я д3вушк4", "голая девушка"),
        ("накед воман", "naked woman"),
        ("obnazhennaja devushka", "обнаженная девушка"),
        ("anakedwomanonthebeach", "a naked woman on the beach"),
        ("голаядевушканапляже", "голая девушка на пляже"),
    ],
)
def test_a_disguised_word_is_read(text, reading):
    assert any(reading in found for found in deobfuscated(text))


@pytest.mark.parametrize(
    "text",
    [
        "a cat on a red background",
        "кот на красном фоне",
        "Henry VIII, 4k, mp3, 19th century",
        "GPT-модель",
    ],
)
def test_an_honest_prompt_has_one_reading(text):
    assert deobfuscated(text) == (text,)


def test_the_worst_reading_counts():
    listener = Listener(afraid_of="голая")

    scores = DeobfuscatingClassifier(listener).scores("golaya zhenshchina")

    assert scores == {Category.SEXUAL: 1}
    assert listener.heard[0] == "golaya zhenshchina"


def test_the_record_tells_that_readings_were_judged():
    assert DeobfuscatingClassifier(Listener("")).version == "listener-1+readings-2"
