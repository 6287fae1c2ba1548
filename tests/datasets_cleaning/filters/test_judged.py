import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets_cleaning.category_scores import LANGUAGES, columns
from datasets_cleaning.filters.caption_judged import CaptionJudged
from datasets_cleaning.filters.detoxify import Detoxify
from datasets_cleaning.filters.image_judged import ImageJudged
from datasets_cleaning.filters.joint_judged import JointJudged
from datasets_cleaning.ledger import ONE, fixed_point
from moderation import Category, Rule
from tests.datasets_cleaning.ledgers import decided, ledger, scores

RULES = dict.fromkeys(Category, Rule(review=0.5, refuse=0.9))
MILD = dict.fromkeys(Category, Rule(review=0.8, refuse=1.0))
SAME = (RULES, RULES, RULES)


RULED = st.dictionaries(
    st.sampled_from(Category), st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)
).map(lambda rules: {category: Rule(*pair) for category, pair in rules.items()})
SCORED = st.lists(st.integers(0, ONE), min_size=len(Category), max_size=len(Category))


def worst(rules, row):
    """The reason of one caption, score by score."""
    scored = list(zip(Category, row, strict=True))
    for subject, level in (("caption", "refuse"), ("caption_review", "review")):
        over = [
            (score, -place, f"{subject}:{category}")
            for place, (category, score) in enumerate(scored)
            if category in rules
            and score >= fixed_point(getattr(rules[category], level))
        ]
        if over:
            return max(over)[2]
    return None


def captions(language="en", **given):
    return ledger(language=[language], **scores("caption", **given))


@pytest.mark.parametrize(
    ("score", "reason"),
    [(0.4, None), (0.6, "caption_review:violence"), (0.95, "caption:violence")],
)
def test_a_caption_is_kept_only_if_it_is_allowed(score, reason):
    assert decided(CaptionJudged().ruled(*SAME), captions(violence=score)) == [reason]


def test_the_highest_of_several_refused_categories_is_the_reason():
    table = captions(violence=0.92, sexual=0.97, hate=0.6)

    assert decided(CaptionJudged().ruled(*SAME), table) == ["caption:sexual"]


def test_a_refusal_comes_before_a_doubt_whatever_the_scores():
    rules = {**RULES, Category.TOXIC: Rule(review=0.6, refuse=0.7)}
    own = CaptionJudged().ruled(rules, rules, rules)

    assert decided(own, captions(violence=0.89, toxic=0.71)) == ["caption:toxic"]


def test_each_language_has_its_own_rules():
    own = CaptionJudged().ruled(RULES, MILD, RULES)

    assert decided(own, captions("en", hate=0.6)) == ["caption_review:hate"]
    assert decided(own, captions("ru", hate=0.6)) == [None]


@settings(max_examples=60)
@given(
    st.tuples(RULED, RULED, RULED),
    st.lists(st.tuples(st.sampled_from(LANGUAGES), SCORED), min_size=1, max_size=8),
)
def test_many_captions_are_judged_as_each_would_be(rules, rows):
    languages, found = zip(*rows, strict=True)
    table = ledger(
        language=languages,
        **dict(zip(columns("caption"), zip(*found, strict=True), strict=True)),
    )

    ruled = dict(zip(LANGUAGES, rules, strict=True))
    assert decided(CaptionJudged().ruled(*rules), table) == [
        worst(ruled[language], row) for language, row in rows
    ]


def test_a_threshold_of_one_is_never_reached_by_a_score_below_certainty():
    rules = dict.fromkeys(Category, Rule(review=1.0, refuse=1.0))
    nearly = ledger(image_violence=[ONE - 1, ONE])

    assert decided(ImageJudged().ruled(rules), nearly) == [None, "image:violence"]


def test_only_the_categories_of_the_heads_count():
    table = ledger(image_violence=[round(0.6 * ONE)])

    assert decided(ImageJudged().ruled(RULES), table) == ["image_review:violence"]


def test_without_any_head_nobody_has_judged():
    assert decided(ImageJudged().ruled(RULES), ledger(width=[1])) == ["not_judged"]


def test_a_picture_that_one_head_could_not_judge_is_not_judged():
    table = ledger(image_violence=[0, 0], image_hate=[None, 0])

    assert decided(ImageJudged().ruled(RULES), table) == ["not_judged", None]


def test_caption_and_picture_are_judged_together_where_both_have_a_score():
    table = ledger(
        **scores("caption", violence=0.4, hate=0.45), image_violence=[round(0.4 * ONE)]
    )

    # 1 - 0.6 * 0.6 = 0.64 for violence; no head looked for hate
    assert decided(JointJudged().ruled(RULES), table) == ["joint_review:violence"]


def test_detoxify_counts_for_the_joint_score():
    table = ledger(
        **scores("caption"),
        detoxify_violence=[round(0.85 * ONE)],
        image_violence=[round(0.4 * ONE)],
    )

    assert decided(JointJudged().ruled(RULES), table) == ["joint:violence"]


def test_categories_without_a_joint_rule_are_judged_apart_only():
    table = ledger(**scores("caption", violence=0.8), image_violence=[ONE])

    assert decided(
        JointJudged().ruled({Category.HATE: RULES[Category.HATE]}), table
    ) == [None]


def test_detoxify_refuses_in_the_name_of_the_caption():
    table = ledger(language=["en"], detoxify_hate=[ONE])

    assert decided(Detoxify().ruled(*SAME), table) == ["caption:hate"]


def test_a_job_without_detoxify_passes_only_where_it_is_optional():
    table = ledger(language=["en"])

    assert decided(Detoxify(optional=True).ruled(*SAME), table) == [None]
    assert decided(Detoxify().ruled(*SAME), table) == ["not_judged"]
