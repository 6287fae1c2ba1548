import pytest

from generation.world.nouns import adjective, countable, english_plural, noun
from generation.world.vocabulary import things


@pytest.mark.parametrize(
    ("name", "genitive", "instrumental", "two"),
    [
        ("кот", "кота", "котом", "кота"),
        ("летучая мышь", "летучей мыши", "летучей мышью", "летучие мыши"),
        ("воздушный шар", "воздушного шара", "воздушным шаром", "воздушных шара"),
        ("яблоко", "яблока", "яблоком", "яблока"),
        ("колесо обозрения", "колеса обозрения", "колесом обозрения", None),
        ("чашка кофе", "чашки кофе", "чашкой кофе", "чашки кофе"),
        ("кенгуру", "кенгуру", "кенгуру", "кенгуру"),
        ("роза", "розы", "розой", "розы"),
    ],
)
def test_a_russian_name_is_inflected_whole(name, genitive, instrumental, two):
    forms = noun(name)

    assert forms is not None
    assert forms.form("gent") == genitive
    assert forms.form("ablt") == instrumental
    if two is not None:
        assert forms.counted() == two


@pytest.mark.parametrize("name", ["очки", "ножницы", "лук и стрела", "дед мороз"])
def test_what_no_rule_inflects_is_not_inflected(name):
    assert noun(name) is None


def test_an_adjective_agrees():
    assert adjective("большой", "ablt", "femn") == "большой"
    assert adjective("синий", "accs", "femn") == "синюю"
    assert adjective("жёлтый", "ablt", "masc", plural=True) == "жёлтыми"


@pytest.mark.parametrize(
    ("one", "many"),
    [("mouse", "mice"), ("cup of coffee", "cups of coffee"), ("sheep", "sheep")],
)
def test_english_plurals_are_irregular_where_english_is(one, many):
    assert english_plural(one) == many


def test_what_is_a_mass_or_a_pair_is_not_counted():
    uncounted = {thing.en[0] for thing in things() if not countable(thing)}

    assert {"bread", "scissors", "glasses", "santa claus"} <= uncounted
    assert len(uncounted) < len(things()) / 8
