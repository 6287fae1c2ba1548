import json

import pytest
from click.testing import CliRunner

from moderation import Category, Policy
from moderation.measure import main, measures
from moderation.training.examples import Example, write


def judged(source, *pairs):
    return [
        (Example("a", "en", source, {Category.HATE: truth}), {Category.HATE: score})
        for truth, score in pairs
    ]


def test_a_label_is_measured_per_source_and_over_all():
    pairs = [*judged("one", (True, 0.9), (False, 0.1)), *judged("two", (False, 0.99))]

    found = {m.source: m for m in measures(pairs, Policy.bundled())}

    assert set(found) == {"one", "two", "all"}
    assert found["one"].auc == 1
    assert found["all"].auc == 0.5
    assert found["two"].auc is None
    assert found["two"].recall_review is None
    assert found["two"].false_refuse == 1


def test_equal_scores_tell_nothing():
    pairs = judged("one", (True, 0.5), (False, 0.5), (True, 0.5), (False, 0.5))

    found = measures(pairs, Policy.bundled())

    assert {m.auc for m in found} == {0.5}
    assert {m.recall_at_1_percent for m in found} == {0}


@pytest.mark.parametrize("options", [[], ["--readings"], ["--disguise", "entities"]])
def test_the_command_prints_json(tmp_path, options):
    labels = [(Category.SEXUAL, True), (Category.SEXUAL, False)]
    texts = ["a naked woman", "a cat"]
    examples = [
        Example(text, "en", "toy", dict([label]))
        for text, label in zip(texts, labels, strict=True)
    ]
    write(examples, tmp_path / "e.csv")

    answer = CliRunner().invoke(main, [str(tmp_path / "e.csv"), "--json", *options])

    assert answer.exit_code == 0
    assert {m["auc"] for m in json.loads(answer.output)} == {1}
