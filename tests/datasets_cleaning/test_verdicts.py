import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets_cleaning.category_scores import columns
from datasets_cleaning.filters.blurred import Blurred
from datasets_cleaning.filters.caption_empty import CaptionEmpty
from datasets_cleaning.filters.caption_judged import CaptionJudged
from datasets_cleaning.filters.caption_too_long import CaptionTooLong
from datasets_cleaning.filters.image_judged import ImageJudged
from datasets_cleaning.filters.joint_judged import JointJudged
from datasets_cleaning.ledger import ONE, Ledger
from datasets_cleaning.reasons import FAULTS
from datasets_cleaning.verdicts import borderline, decide, reasons
from moderation import Category, Rule
from tests.datasets_cleaning.ledgers import ledger, scores

RULES = {
    category: Rule(review=0.3 + place / 20, refuse=0.6 + place / 40)
    for place, category in enumerate(Category)
}
FILTERS = (
    CaptionJudged().ruled(RULES, RULES, RULES),
    ImageJudged().ruled(RULES),
    JointJudged().ruled(RULES),
)
SCORED = (*columns("caption"), "image_violence", "image_sexual")
SCORES = st.one_of(st.none(), st.integers(0, ONE))
ROWS = st.lists(st.lists(SCORES, min_size=12, max_size=12), min_size=1, max_size=6)


def table_of(rows):
    by_column = dict(zip(SCORED, zip(*rows, strict=True), strict=True))
    return ledger(language=["en"] * len(rows), **by_column)


def verdicts(table, filters):
    words = (None, *reasons(filters))
    return [words[code] for code in decide(table, filters)]


def test_the_first_reason_wins():
    filters = (CaptionTooLong(characters=1), CaptionEmpty(), Blurred(sharpness=5))
    table = ledger(caption_length=[0, 9, 0], blur=[1.0, 1.0, 9.0])

    assert verdicts(table, filters) == [
        "caption_empty",
        "caption_too_long",
        "caption_empty",
    ]


def test_a_fault_comes_before_every_reason():
    table = ledger(caption_length=[0, 0], fault=["structure:link", None])

    assert verdicts(table, (CaptionEmpty(),)) == ["structure:link", "caption_empty"]


def test_a_fault_that_nobody_knows_is_not_kept():
    table = ledger(caption_length=[5], fault=["structure:of_tomorrow"])

    assert verdicts(table, (CaptionEmpty(),)) == ["not_judged"]


def test_a_row_that_nobody_measured_is_not_judged():
    table = ledger(caption_length=[5, None])

    assert verdicts(table, (CaptionEmpty(),)) == [None, "not_judged"]


def test_a_column_that_nobody_measured_judges_nothing():
    assert verdicts(ledger(width=[1]), (CaptionEmpty(),)) == ["not_judged"]


def test_a_doubt_gives_way_to_a_certain_reason_behind_it():
    table = ledger(
        language=["en", "en"],
        **scores("caption", rows=2, violence=0.45),
        blur=[1.0, 9.0],
    )
    filters = (FILTERS[0], Blurred(sharpness=5))

    assert verdicts(table, filters) == ["blurred", "caption_review:violence"]


def test_every_reason_of_a_job_has_one_code():
    every = reasons(FILTERS)

    assert every[: len(FAULTS)] == tuple(FAULTS)
    assert every[-1] == "override"
    assert len(set(every)) == len(every) <= 255
    assert borderline(FILTERS) < set(every)


def test_an_empty_shard_has_no_verdicts():
    table = ledger(language=["en"], **scores("caption"), image_violence=[0])

    assert decide(Ledger(table.table.slice(0, 0)), FILTERS).shape == (0,)


@settings(max_examples=40)
@given(ROWS, st.data())
def test_a_higher_score_never_keeps_what_was_dropped(rows, data):
    row = data.draw(st.integers(0, len(rows) - 1))
    place = data.draw(st.integers(0, len(SCORED) - 1))
    raised = [list(r) for r in rows]
    if raised[row][place] is not None:
        raised[row][place] = data.draw(st.integers(raised[row][place], ONE))

    before, after = (decide(table_of(r), FILTERS) for r in (rows, raised))

    mild = borderline(FILTERS)
    doubtful = np.array([False, *(reason in mild for reason in reasons(FILTERS))])
    assert not ((before > 0) & (after == 0)).any()
    assert not ((before > 0) & ~doubtful[before] & doubtful[after]).any()


@settings(max_examples=25)
@given(ROWS, st.integers(0, 6))
def test_a_ledger_in_two_parts_is_decided_as_the_whole(rows, cut):
    table = table_of(rows).table

    parts = [
        decide(Ledger(t), FILTERS) for t in (table.slice(0, cut), table.slice(cut))
    ]

    assert list(np.concatenate(parts)) == list(decide(Ledger(table), FILTERS))


@pytest.mark.parametrize("missing", ["violence", "hate"])
def test_what_one_classifier_could_not_read_is_not_kept(missing):
    unread = scores("caption") | {f"caption_{missing}": [None]}

    [verdict] = verdicts(ledger(language=["en"], **unread), FILTERS[:1])

    assert verdict == "not_judged"


def test_a_ledger_in_pieces_is_one_ledger():
    whole = ledger(caption_length=[0, 5, 0])
    pieces = Ledger(pa.concat_tables([whole.table.slice(0, 1), whole.table.slice(1)]))

    assert list(decide(pieces, (CaptionEmpty(),))) == list(
        decide(whole, (CaptionEmpty(),))
    )


def test_pieces_that_number_their_words_differently_are_one_ledger():
    pieces = [
        ledger(language=["ru", None]).table,
        ledger(language=[None]).table,
        ledger(language=[]).table,
        ledger(language=["en", "ru"]).table,
    ]

    said = Ledger(pa.concat_tables(pieces)).matches("language", "ru", "uk")

    assert said.tolist() == [True, False, False, False, True]
