from dataclasses import replace

import pytest

from moderation import Category, Policy, Rule
from moderation.policy_diff import rule_changes

RULES = dict.fromkeys(Category, Rule(0.5, 0.9))
POLICY = Policy("d-1", prompt=RULES, embedding=RULES, image=RULES)


def changed(rule, **columns):
    return replace(POLICY, prompt={**RULES, Category.HATE: rule}, **columns)


def test_a_policy_does_not_differ_from_itself():
    assert list(rule_changes(POLICY, replace(POLICY, version="d-2"))) == []


@pytest.mark.parametrize(
    ("rule", "direction"),
    [
        (Rule(0.4, 0.9), "stricter"),
        (Rule(0.5, 1.0), "milder"),
        (Rule(0.4, 1.0), "mixed"),
    ],
)
def test_what_changes_for_all_prompts_is_named_once(rule, direction):
    [found] = rule_changes(POLICY, changed(rule))

    assert (found.table, found.category) == ("prompt", Category.HATE)
    assert (found.before, found.after) == (Rule(0.5, 0.9), rule)
    assert found.direction == direction


def test_a_language_that_keeps_its_rule_is_named_too():
    before = replace(POLICY, languages={"ru": RULES})
    after = changed(Rule(0.4, 0.9), languages={"ru": RULES})

    # a rule for all prompts that does not hold for Russian ones leaves those alone
    assert [d.table for d in rule_changes(before, after)] == ["prompt"]
    assert [d.table for d in rule_changes(after, replace(after, languages={}))] == [
        "prompt.ru"
    ]


def test_a_joint_rule_comes_or_goes():
    joint = replace(POLICY, joint={Category.HATE: Rule(0.9, 0.95)})

    [comes], [goes] = rule_changes(POLICY, joint), rule_changes(joint, POLICY)

    assert (comes.before, comes.direction) == (None, "stricter")
    assert (goes.after, goes.direction) == (None, "milder")
