from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import Category, Outcome, Policy, Rule
from moderation.errors import PolicyError
from moderation.policy import BUNDLED, judge
from moderation.policy_diff import rule_changes

probabilities = st.floats(0, 1)
scores = st.dictionaries(st.sampled_from(Category), probabilities, min_size=1)
rules = st.fixed_dictionaries(
    dict.fromkeys(
        Category,
        st.tuples(probabilities, probabilities).map(sorted).map(lambda t: Rule(*t)),
    )
)
LINES = "\n".join(f"{c.value} = {{ review = 0.5, refuse = 0.9 }}" for c in Category)
GOOD = f'version = "v"\n[prompt]\n{LINES}\n[embedding]\n{LINES}\n[image]\n{LINES}\n'


def outcome(rules, scores):
    return max((r.outcome for r in judge(rules, scores)), default=Outcome.ALLOW)


@given(rules, scores, st.sampled_from(Category), probabilities)
def test_a_higher_score_never_earns_a_milder_outcome(rules, scores, category, score):
    worse = {**scores, category: max(scores.get(category, 0), score)}

    assert outcome(rules, worse) >= outcome(rules, scores)


@given(rules, scores)
def test_reasons_are_the_crossed_thresholds_worst_first(rules, scores):
    reasons = judge(rules, scores)

    assert {r.category for r in reasons} == {
        c for c, score in scores.items() if score >= rules[c].review
    }
    assert [r.outcome for r in reasons] == sorted(
        (r.outcome for r in reasons), reverse=True
    )
    assert all(r.score >= r.threshold for r in reasons)


def test_silence_does_not_pass():
    with pytest.raises(PolicyError, match="no classifier gave a score"):
        judge(Policy.bundled().prompt, {})


@pytest.mark.parametrize("name", BUNDLED)
def test_the_bundled_policies_cover_every_category_at_every_gate(name):
    policy = Policy.bundled(name)

    for rules in (policy.prompt, policy.embedding, policy.image):
        assert set(rules) == set(Category)


def test_toxic_words_alone_never_refuse_a_prompt():
    rule = Policy.bundled().prompt[Category.TOXIC]

    assert rule.refuse == 1


def test_a_policy_file_is_read(tmp_path):
    (tmp_path / "p.toml").write_text(GOOD)

    policy = Policy.read(tmp_path / "p.toml")

    assert policy.version == "v"
    assert policy.image[Category.HATE] == Rule(0.5, 0.9)


def test_the_profiles_are_stricter_from_one_to_the_next():
    balanced, strict, youth = map(Policy.bundled, ("balanced", "strict", "youth"))

    for milder, stricter in ((balanced, strict), (strict, youth)):
        found = list(rule_changes(milder, stricter))
        assert found
        assert {difference.direction for difference in found} == {"stricter"}


@pytest.mark.parametrize("name", BUNDLED)
def test_a_person_reads_what_is_in_another_language(name):
    rules = Policy.bundled(name).rules("prompt", "other")

    assert rules[Category.UNSAFE].review == 0


def test_a_language_has_rules_of_its_own_and_falls_back_on_the_others(tmp_path):
    own = "[prompt.ru]\nhate = { review = 0.2, refuse = 0.4 }\n[embedding]"
    (tmp_path / "p.toml").write_text(GOOD.replace("[embedding]", own))

    policy = Policy.read(tmp_path / "p.toml")

    assert policy.rules("prompt", "ru")[Category.HATE] == Rule(0.2, 0.4)
    assert policy.rules("prompt", "ru")[Category.SEXUAL] == Rule(0.5, 0.9)
    assert policy.rules("prompt", "en") == policy.prompt
    assert policy.rules("image", "ru") == policy.image


def test_unless_a_policy_says_otherwise_a_person_reads_other_languages(tmp_path):
    mild = "[prompt.other]\nunsafe = { review = 0.7, refuse = 0.9 }\n[embedding]"
    (tmp_path / "silent.toml").write_text(GOOD)
    (tmp_path / "mild.toml").write_text(GOOD.replace("[embedding]", mild))

    silent, said = (
        Policy.read(tmp_path / name).rules("prompt", "other")[Category.UNSAFE]
        for name in ("silent.toml", "mild.toml")
    )

    assert silent == Rule(0, 0.9)
    assert said == Rule(0.7, 0.9)


def test_a_policy_is_found_by_its_name_or_its_file(tmp_path):
    (tmp_path / "p.toml").write_text(GOOD)

    assert Policy.named(Path("youth")) == Policy.bundled("youth")
    assert Policy.named(tmp_path / "p.toml").version == "v"
    with pytest.raises(PolicyError, match=r"one of balanced, strict, youth.*'mild'"):
        Policy.bundled("mild")


def test_a_bundled_policy_that_was_changed_needs_its_own_version(tmp_path):
    text = (files("moderation") / "policies/strict.toml").read_text("utf-8")
    (tmp_path / "same.toml").write_text(text)
    (tmp_path / "other.toml").write_text(text.replace("0.35", "0.34", 1))

    assert Policy.read(tmp_path / "same.toml") == Policy.bundled("strict")
    with pytest.raises(PolicyError, match="version: strict-1 is the bundled policy"):
        Policy.read(tmp_path / "other.toml")


@pytest.mark.parametrize(("line", "limit"), [("", None), ("concept_limit = 0.3", 0.3)])
def test_a_policy_may_limit_how_near_an_embedding_comes_to_a_concept(
    tmp_path, line, limit
):
    (tmp_path / "p.toml").write_text(f"{line}\n{GOOD}")

    assert Policy.read(tmp_path / "p.toml").concept_limit == limit


def test_the_old_name_of_the_concept_limit_is_read_with_a_line_that_says_so(tmp_path):
    (tmp_path / "p.toml").write_text(f"away = 0.3\n{GOOD}")

    with pytest.warns(FutureWarning, match="away is called concept_limit now"):
        policy = Policy.read(tmp_path / "p.toml")

    assert policy.concept_limit == 0.3


@pytest.mark.parametrize(("line", "safety"), [("", "off"), ('safety = "max"', "max")])
def test_a_policy_may_say_how_firmly_to_steer(tmp_path, line, safety):
    (tmp_path / "p.toml").write_text(f"{line}\n{GOOD}")

    assert Policy.read(tmp_path / "p.toml").safety == safety


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("[image]", "[picture]"), "picture"),
        (GOOD.replace("hate =", "hatred =", 1), "hatred"),
        (GOOD.replace("minors = { review = 0.5, refuse = 0.9 }\n", "", 1), "minors"),
        (GOOD.replace("0.5", "0.95", 1), "got 0.95 and 0.9"),
        (GOOD.replace("0.9", "1.9", 1), "got 0.5 and 1.9"),
        (GOOD.replace("0.5", "nan", 1), "got nan and 0.9"),
        (GOOD.replace("review = 0.5, ", "", 1), "review"),
        (GOOD.replace("[prompt]", "[prompt"), "cannot read"),
        ('safety = "maximum"\n' + GOOD, "one of off, weak, medium.*got 'maximum'"),
        ("safety = 3\n" + GOOD, "got 3"),
    ],
)
def test_a_wrong_policy_file_says_what_is_wrong(tmp_path, text, message):
    (tmp_path / "p.toml").write_text(text)

    with pytest.raises(PolicyError, match=message):
        Policy.read(tmp_path / "p.toml")


def test_a_missing_policy_file_is_named(tmp_path):
    with pytest.raises(PolicyError, match=r"gone\.toml"):
        Policy.read(tmp_path / "gone.toml")
