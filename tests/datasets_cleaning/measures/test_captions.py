import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets_cleaning.ledger import ONE
from datasets_cleaning.measures.captions import Caption, CaptionScores, DetoxifyScores
from datasets_cleaning.measures.personal_data import KINDS, Personal, luhn, personal
from moderation import Category
from moderation.bundled import bundled_classifiers
from moderation.text.detoxify import Detoxify
from tests.fakes import Scorer, UnavailableClassifier


def kinds(text):
    return {name for name, bit in KINDS.items() if personal(text) & bit}


@pytest.mark.parametrize(
    ("caption", "length", "language"),
    [
        ("a lake", 6, "en"),
        ("  озеро\n", 5, "ru"),
        ("\u200b\u2063", 0, "other"),
        ("湖", 1, "other"),
        (None, None, None),
    ],
)
def test_a_caption_is_measured_in_its_canonical_spelling(
    contents, caption, length, language
):
    told = Caption()([contents(caption=caption)])

    assert told == {"caption_length": [length], "language": [language]}


@pytest.mark.parametrize(
    "text",
    [
        "write to anna.lee+art@mail.example.com today",
        "пишите на anna@почта.рф",
    ],
)
def test_an_address_is_personal(text):
    assert kinds(text) == {"email"}


@pytest.mark.parametrize(
    "text",
    [
        "звоните +7 (495) 123-45-67",
        "8-800-555-35-35 бесплатно",
        "89161234567",
        "тел. 123-45-67",
        "call (212) 555-0123 now",
        "212-555-0123",
        "+44 20 7946 0958",
        "phone: 555 0123",
    ],
)
def test_a_number_to_call_is_personal(text):
    assert kinds(text) == {"phone"}


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "card 5500-0000-0000-0004"])
def test_the_number_of_a_card_is_personal(text):
    assert kinds(text) == {"card"}


@pytest.mark.parametrize(
    "text",
    [
        "Moscow in 1941-1945, photographs of 1990 2000",
        "дом за 89 000 000 000 рублей",
        "1 000 000 руб., 12 500,00 ₽ и $1,200,000.00",
        "1920x1080, 3840 x 2160, 100-200-300 mm",
        "2024-11-21 14:00:05",
        "4111 1111 1111 1112",  # the check digit is wrong
        "ISBN 978-5-17-118366-1",
        "штрихкод 4607012345678",
        "a cat @ home, ratio 3.14159265358979",
        "42",
    ],
)
def test_years_prices_and_sizes_are_nobody_s_number(text):
    assert kinds(text) == set()


@given(st.text(alphabet="0123456789", min_size=15, max_size=15))
def test_one_check_digit_of_ten_fits(digits):
    assert sum(luhn(digits + last) for last in "0123456789") == 1


def test_personal_data_is_a_mask(contents):
    both = contents(caption="anna@mail.example.com, +7 495 123-45-67")

    assert Personal()([both, contents(caption=None)]) == {"personal": [3, None]}


def test_the_worst_classifier_speaks_for_each_category(contents):
    measure = CaptionScores(
        [Scorer({Category.HATE: 0.25}), Scorer({Category.HATE: 0.75})]
    )

    told = measure([contents()])

    assert told["caption_hate"] == [round(0.75 * ONE)]
    assert told["caption_sexual"] == [0]


def test_equal_captions_are_judged_once(contents):
    scorer = Scorer()

    CaptionScores([scorer])([contents(caption="a lake"), contents(caption="a  lake\n")])

    assert scorer.seen == ["a lake"]


def test_what_a_classifier_cannot_read_has_no_score(contents):
    told = CaptionScores([UnavailableClassifier()])([contents()])

    assert set(told) == {f"caption_{category}" for category in Category}
    assert all(values == [None] for values in told.values())


def test_the_bundled_classifiers_give_a_score_for_every_category(contents):
    measure = CaptionScores(bundled_classifiers())

    told = measure([contents(caption="a naked woman"), contents(caption=None)])

    assert told["caption_sexual"][0] > told["caption_hate"][0] >= 0
    assert all(values[1] is None for values in told.values())


def test_detoxify_reads_different_captions_once_and_has_the_columns_of_its_labels(
    contents,
):
    asked = []

    def probabilities(windows):
        asked.extend(windows)
        return [[0.5] for _ in windows]

    measure = DetoxifyScores(
        Detoxify(
            version="toy",
            labels=("toxicity",),
            tokens=lambda text: [len(text)],
            edges=(0, 2),
            probabilities=probabilities,
        )
    )
    asked.clear()

    told = measure(
        [contents(), contents(caption=None), contents(), contents(caption="озеро")]
    )

    assert told == {"detoxify_toxic": [32768, None, 32768, 32768]}
    assert len(asked) == 2
