import pytest

from datasets_cleaning.filters.caption_empty import caption_empty
from datasets_cleaning.filters.caption_judged import CaptionJudged
from datasets_cleaning.filters.caption_missing import caption_missing
from datasets_cleaning.filters.caption_too_long import CaptionTooLong
from datasets_cleaning.filters.caption_unreadable import caption_unreadable
from datasets_cleaning.record import LONGEST_CAPTION
from moderation import Category, PromptGate
from tests.datasets_cleaning.specimens import png, record
from tests.fakes import Blind, Scorer


def reason(drop):
    return drop and drop.reason


def judged(policy, classifier):
    gate = PromptGate(name="text", classifiers=[classifier], policy=policy)
    return CaptionJudged(gate)


def test_a_picture_without_a_caption_is_dropped(tmp_path):
    assert reason(caption_missing(record(tmp_path, image=png()))) == "caption_missing"
    assert caption_missing(record(tmp_path, text=b"a lake")) is None


@pytest.mark.parametrize(
    "blank", [b"", b" \n", "\u200b\u2063".encode(), b"\xef\xbb\xbf"]
)
def test_a_caption_with_nothing_to_see_is_dropped(tmp_path, blank):
    assert reason(caption_empty(record(tmp_path, text=blank))) == "caption_empty"


@pytest.mark.parametrize("noise", [b"\xff\xfe\x00", b"a" * (LONGEST_CAPTION + 1)])
def test_what_is_no_text_is_dropped(tmp_path, noise):
    found = caption_unreadable(record(tmp_path, text=noise))

    assert reason(found) == "caption_unreadable"


def test_a_caption_may_be_as_long_as_the_plan_says(tmp_path):
    judge = CaptionTooLong(4)

    assert judge(record(tmp_path, text="озеро"[:4].encode())) is None
    assert reason(judge(record(tmp_path, text="озеро".encode()))) == "caption_too_long"


def test_a_caption_that_would_be_refused_is_dropped_with_its_category(tmp_path, policy):
    judge = judged(policy, Scorer({Category.SEXUAL: 0.95}))

    assert reason(judge(record(tmp_path, text=b"..."))) == "caption:sexual"


def test_a_caption_that_would_go_to_review_is_not_kept_either(tmp_path, policy):
    judge = judged(policy, Scorer({Category.VIOLENCE: 0.6}))

    found = judge(record(tmp_path, text=b"..."))

    assert reason(found) == "caption_review:violence"
    assert found.detail == "violence 0.600, review from 0.50"


def test_a_caption_that_nobody_could_judge_is_not_kept(tmp_path, policy):
    assert (
        reason(judged(policy, Blind())(record(tmp_path, text=b"a lake")))
        == "not_judged"
    )


def test_the_gate_reads_the_canonical_caption(tmp_path, policy):
    scorer = Scorer()

    judged(policy, scorer)(record(tmp_path, text=b"n&#117;de  w&#111;man\n"))

    assert scorer.seen == ["nude woman"]


def test_an_innocent_caption_is_kept(tmp_path, policy):
    assert judged(policy, Scorer())(record(tmp_path, text=b"a lake")) is None
