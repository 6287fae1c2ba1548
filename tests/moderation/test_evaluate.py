import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from moderation import Category, Policy
from moderation.evaluate import Share, label_metrics, main
from moderation.training.labelled_texts import LabelledText, write


def scored_texts(source, *pairs):
    return [
        (
            LabelledText("a", "en", source, {Category.HATE: truth}),
            {Category.HATE: score},
        )
        for truth, score in pairs
    ]


def test_a_label_is_measured_per_source_and_over_all():
    pairs = [
        *scored_texts("one", (True, 0.9), (False, 0.1)),
        *scored_texts("two", (False, 0.99)),
    ]

    found = {m.source: m for m in label_metrics(pairs, Policy.bundled())}

    assert set(found) == {"one", "two", "all"}
    assert found["one"].auc == 1
    assert found["all"].auc == 0.5
    assert found["two"].auc is None
    assert found["two"].recall_review is None
    assert found["two"].false_refuse == Share.of(1, 1)


def test_equal_scores_tell_nothing():
    pairs = scored_texts("one", (True, 0.5), (False, 0.5), (True, 0.5), (False, 0.5))

    found = label_metrics(pairs, Policy.bundled())

    assert {m.auc for m in found} == {0.5}
    assert {m.recall_at_1_percent for m in found} == {0}


@pytest.mark.parametrize("options", [[], ["--disguise", "entities"]])
def test_the_command_prints_json(tmp_path, options):
    labels = [(Category.SEXUAL, True), (Category.SEXUAL, False)]
    texts = ["a naked woman", "a cat"]
    examples = [
        LabelledText(text, "en", "toy", dict([label]))
        for text, label in zip(texts, labels, strict=True)
    ]
    write(examples, tmp_path / "e.csv")

    answer = CliRunner().invoke(main, [str(tmp_path / "e.csv"), "--json", *options])

    assert answer.exit_code == 0
    assert {m["auc"] for m in json.loads(answer.output)} == {1}


def test_the_outcome_is_measured_against_unsafe():
    known = [
        (
            LabelledText("a", "en", "toy", {Category.UNSAFE: truth}),
            {Category.HATE: score},
        )
        for truth, score in ((True, 1.0), (True, 0.0), (False, 0.0))
    ]

    [outcome] = [
        m
        for m in label_metrics(known, Policy.bundled())
        if (m.label, m.source) == ("outcome", "toy")
    ]

    assert outcome.recall_refuse == Share.of(1, 2)
    assert outcome.false_review == Share.of(0, 1)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_the_share(hits_and_count):
    share = Share.of(*hits_and_count)

    assert share is not None
    assert 0 <= share.low <= share.share <= share.high <= 1


def test_a_share_of_nothing_is_unknown():
    assert Share.of(0, 0) is None


def test_the_old_name_of_the_program_goes_on_working_and_says_the_new_one():
    ran = subprocess.run(
        [sys.executable, "-m", "moderation.measure", "--help"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert "Measure the prompt gate" in ran.stdout
    assert "moderation.evaluate now" in ran.stderr
