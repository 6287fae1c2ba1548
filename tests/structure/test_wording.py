"""Texts for people use one plain word for each thing; docs/wording.md has the table."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po

from vernissage.cli.program import vernissage
from vernissage.messages import DOMAIN, LOCALE

WEB = LOCALE.parent / "web"

ENGLISH = {
    r"hangs?|hung|hanging": "a picture is ready; what hangs has frozen",
    r"walls?|easels?|placards?|studios?|ateliers?": "the site is no building",
    r"house|desks?|doors?|seats?|rooms?": "the site is no building",
    r"painters?|jury|judges?|judged|judging": "a check looks, nobody is in court",
    r"gates?": "a person reads: check",
    r"call(ed|s)? (it )?off": "cancel",
    r"anew|whoever|whatever": "old-fashioned",
    r"works|artworks?|a work|this work": "a picture",
}
"""Patterns of whole words, and why no message has them."""

OPERATORS_WORDS = {r"gates?", r"works|artworks?|a work|this work"}
"""Patterns that the command line may match: policies and the log name things so."""

RUSSIAN = {
    r"вис(ит|ят|еть)": "картинка готова; что висит, то зависло",
    r"пиш(ем|ет|ут)|(на)?писать|написан\w*": "картинку рисуют, а пишут письма",
    r"судь\w*|суд[ие]т\w*|жюри": "проверка, а не суд",
    r"художник\w*|мастерск\w*|стен[аеуы]|мольберт\w*": "сайт, а не здание с людьми",
    r"рецензент\w*|смотрител\w*|стол\w{0,2}": "модератор, модерация",
    r"картин(а|ы|у|е|ой|ам|ами|ах)?|изображени\w*": "картинка",
    r"работ[аеуы]|работой": "картинка",
    r"политик\w*": "правила",
    r"жалоб\w*": "апелляция; жалуются на чужое",
    r"чистк\w*": "очистка",
    r"промпт\w*|сид\w?|шард\w*|апрув\w*|юзер\w*": "есть русское слово",
}
"""The same for the translations."""


def messages() -> dict[str, list[str]]:
    written = LOCALE / "ru" / "LC_MESSAGES" / f"{DOMAIN}.po"
    with written.open("rb") as file:
        catalogue = read_po(file, locale="ru", domain=DOMAIN)
    texts: dict[str, list[str]] = {"en": [], "ru": []}
    for message in catalogue:
        if message.id:
            texts["en"] += _all(message.id)
            texts["ru"] += _all(message.string or "")
    return texts


@pytest.mark.parametrize("pattern", ENGLISH, ids=ENGLISH.get)
def test_no_english_message_has_a_retired_word(pattern):
    assert found(pattern, messages()["en"]) == []


@pytest.mark.parametrize("pattern", RUSSIAN, ids=RUSSIAN.get)
def test_no_russian_message_has_a_retired_word(pattern):
    assert found(pattern, messages()["ru"]) == []


@pytest.mark.parametrize(
    "pattern", [p for p in ENGLISH if p not in OPERATORS_WORDS], ids=ENGLISH.get
)
def test_no_help_on_the_command_line_has_a_retired_word(pattern):
    assert found(pattern, list(helps(vernissage, click.Context(vernissage)))) == []


@pytest.mark.parametrize("folder", ["templates", "static"])
def test_no_page_is_built_of_riddles(folder):
    riddles = r"hang|wall|easel|placard|studio|atelier|house|exhibit|wish|plea|redress"
    files = [*(WEB / folder).iterdir()]
    texts = [f"{file.name} {line}" for file in files for line in lines(file)]

    assert found(riddles, texts) == []


def helps(command: click.Command, context: click.Context) -> Iterator[str]:
    """The help of *command* and of all that it holds."""
    yield command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from helps(inner, click.Context(inner, info_name=name))


def lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines()


def found(pattern: str, texts: list[str]) -> list[str]:
    """Those of *texts* in which *pattern* is a whole word, named places aside."""
    word = re.compile(rf"\b({pattern})\b", re.IGNORECASE)
    return [text for text in texts if word.search(re.sub(r"%\(\w+\)s", "", text))]


def _all(texts: str | tuple[str, ...] | list[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)
