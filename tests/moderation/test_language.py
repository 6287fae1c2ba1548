import pytest

from moderation.language import in_known_scripts, language, rules_language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat", "en"),
        ("кот", "ru"),
        ("кот в стиле Monet", "ru"),
        ("a cat called Кот in a hat", "en"),
        ("裸体", "other"),
        ("42", "other"),
        ("", "other"),
        ("🍎🍎", "other"),
        ("a picture of 裸体 in soft light", "other"),
        ("a β version", "en"),
        ("засніжені гори на заході сонця, їжак", "other"),
        ("љубав и њива, ђак у кући", "other"),
        ("горы на закате, вывеска «Київ»", "ru"),
    ],
)
def test_the_alphabet_with_the_most_letters_decides(text, expected):
    assert language(text) == expected


@pytest.mark.parametrize(
    ("text", "rules"), [("42", "en"), ("🍎🍎", "en"), ("кот", "ru"), ("猫", "other")]
)
def test_what_has_no_letters_needs_no_rules_of_its_own(text, rules):
    assert rules_language(text) == rules


@pytest.mark.parametrize("text", ["a cat", "кот", "café", "42", "β version", ""])
def test_english_and_russian_are_legible(text):
    assert in_known_scripts(text)


@pytest.mark.parametrize("text", ["裸体", "a picture of 裸体 in soft light", "γυμνή"])
def test_one_word_of_another_alphabet_is_not(text):
    assert not in_known_scripts(text)
