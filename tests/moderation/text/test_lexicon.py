import pytest

from moderation import Category
from moderation.text.lexicon import STRONG, WEAK, Lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.bundled()


@pytest.mark.parametrize(
    "text",
    [
        "голые деревья зимой",
        "a naked mole rat",
        "обнажённый меч",
        "a bloody mary with celery",
        "a cocktail shot",
        "кровь с молоком",
        "Scunthorpe town sign",
        "a pistol on a blue background",
        "нож на синем фоне",
        "череп",
        "a coffin",
        "сигарета",
        "дети в бассейне",
        "застрахуй брата",
        "a rapper and a grape",
        "a 12 year old girl in a dress",
        "маникюр и педикюр",
        "кружка пенистого пива",
        "трахея и бронхи",
        "балетная труппа театра",
        "a gore-tex jacket",
        "Judith beheading Holofernes",
        "a poster against racism",
        "плакат против травли и против расизма",
        "a sex on the beach cocktail",
    ],
)
def test_harmless_words_that_look_dangerous_score_nothing(lexicon, text):
    assert not any(lexicon.scores(text).values())


@pytest.mark.parametrize(
    ("text", "category", "score"),
    [
        ("a naked woman", Category.SEXUAL, WEAK),
        ("ГОЛАЯ женщина", Category.SEXUAL, WEAK),
        ("порнография", Category.SEXUAL, STRONG),
        ("nuude seeex nuuude", Category.SEXUAL, WEAK),
        ("she cuts her own wrists", Category.SELF_HARM, STRONG),
        ("она вскрывает себе вены", Category.SELF_HARM, STRONG),
        ("расчленённое тело", Category.VIOLENCE, STRONG),
        ("heil hitler", Category.HATE, STRONG),
        ("варка мефедрона", Category.ILLEGAL, STRONG),
        ("a rotting corpse", Category.SHOCKING, STRONG),
    ],
)
def test_a_listed_phrase_scores(lexicon, text, category, score):
    assert lexicon.scores(text)[category] == score


def test_a_harmless_phrase_excuses_only_its_own_words(lexicon):
    assert lexicon.scores("naked mole rat, naked woman")[Category.SEXUAL] == WEAK


@pytest.mark.parametrize(
    "text",
    [
        "a naked child",
        "sexy 14-year-old",
        "голая девочка",
        "обнажённая, 13 лет",
        "двенадцатилетняя в нижнем белье",
        "lolita undressed",
    ],
)
def test_a_child_beside_undressing_is_about_minors(lexicon, text):
    assert lexicon.scores(text)[Category.MINORS] == 1


@pytest.mark.parametrize("text", ["a naked man, 30 years old", "голая, 25 лет"])
def test_an_adult_is_not_about_minors(lexicon, text):
    assert lexicon.scores(text)[Category.MINORS] == 0


def test_the_toxic_words_of_a_comment_only_ask_for_review(lexicon):
    assert lexicon.scores("какой же ты идиот")[Category.TOXIC] == WEAK
