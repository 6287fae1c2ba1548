"""Every text has its Russian, and the compiled catalogue is the written one."""

from io import BytesIO

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from moderation import Category
from vernissage.messages import (
    DOMAIN,
    LOCALE,
    advice,
    category_label,
    state_label,
    translator,
)
from vernissage.states import State

PACKAGE = LOCALE.parent
WRITTEN = LOCALE / "ru" / "LC_MESSAGES" / f"{DOMAIN}.po"
WHERE = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def in_code() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(PACKAGE, WHERE, keywords={**DEFAULT_KEYWORDS, "N_": None})
    return {message for _, _, message, _, _ in found}


def translated() -> Catalog:
    with WRITTEN.open("rb") as file:
        return read_po(file, locale="ru", domain=DOMAIN)


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def test_every_message_in_the_code_is_translated():
    catalogue = {m.id: m for m in messages(translated())}

    assert in_code() - set(catalogue) == set()
    assert [m.id for m in catalogue.values() if not _is_complete(m)] == []


def test_no_translation_outlives_its_message():
    assert {m.id for m in messages(translated())} - in_code() == set()


def test_translations_have_the_places_of_their_messages():
    problems = [
        (m.id, e) for m in messages(translated()) for e in m.check(translated())
    ]

    assert problems == []
    assert not any(m.fuzzy for m in messages(translated()))


def test_the_compiled_catalogue_is_the_written_one():
    compiled = BytesIO()
    write_mo(compiled, translated())

    assert WRITTEN.with_suffix(".mo").read_bytes() == compiled.getvalue()


@pytest.mark.parametrize("category", Category)
def test_every_category_has_a_name_and_advice_in_both_languages(category):
    russian = translator("ru").gettext

    for message in (category_label(category), advice(category)):
        assert russian(message) != message


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_name_in_both_languages(state):
    assert translator("ru").gettext(state_label(state)) != state_label(state)


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1 секунда"), (3, "3 секунды"), (11, "11 секунд"), (21, "21 секунда")],
)
def test_russian_counts_as_russians_do(number, said):
    one, many = "About %(num)s second left.", "About %(num)s seconds left."

    assert said in translator("ru").ngettext(one, many, number) % {"num": number}


def test_a_language_without_a_catalogue_is_answered_in_english():
    assert translator("de").gettext("Ready") == "Ready"


def _is_complete(message: Message) -> bool:
    texts = message.string
    return all(texts if isinstance(texts, tuple | list) else [texts])
