import tomllib
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from moderation import Category
from moderation.calibrate import (
    Sample,
    calibration,
    expected_error,
    main,
    platt,
    reached_by,
    samples,
    scores_of_texts,
)
from moderation.labelled_scores import LabelledScore
from moderation.labelled_scores import write as write_scores
from moderation.training.labelled_texts import LabelledText, write


def overconfident(count: int = 4000) -> Sample:
    """Scores whose logits are twice too large."""
    random = np.random.default_rng(1)
    logits = random.normal(0, 2, count)
    truth = random.random(count) < 1 / (1 + np.exp(-logits))
    return Sample(1 / (1 + np.exp(-2 * logits)), truth)


def test_a_fit_finds_how_much_too_sure_the_scores_are():
    sample = overconfident()

    fit = calibration("prompt.en", Category.HATE, sample, review=0.04, refuse=0.01)

    assert fit.slope == pytest.approx(0.5, abs=0.05)
    assert fit.offset == pytest.approx(0, abs=0.1)
    assert fit.error < expected_error(sample.scores, sample.truth)


def test_separable_scores_have_a_finite_fit():
    slope, offset = platt(np.array([-1.0, -1, 1, 1]), np.array([0, 0, 1, 1], bool))

    assert 0 < slope < 50
    assert abs(offset) < 50


@given(st.lists(st.floats(0, 1), min_size=1, max_size=200), st.floats(0, 0.5))
def test_no_more_than_the_stated_share_reaches_a_threshold(scores, share):
    harmless = np.array(scores)

    threshold = reached_by(harmless, share)

    if threshold < 1:
        assert (harmless >= threshold).mean() <= share


def test_too_few_texts_are_not_fitted():
    few = [
        (LabelledText("a", "en", "toy", {Category.HATE: True}), {Category.HATE: 0.9})
    ]

    assert samples(scores_of_texts(few)) == {}


def test_the_command_prints_thresholds_and_plots_reliability(tmp_path):
    scores_of_texts = [("a naked woman", True), ("a cat", False)] * 30
    labelled = [
        LabelledText(f"{text} {i}", "en", "toy", {Category.SEXUAL: truth})
        for i, (text, truth) in enumerate(scores_of_texts)
    ]
    write(labelled, tmp_path / "e.csv")

    answer = CliRunner().invoke(
        main, [str(tmp_path / "e.csv"), "--plot", str(tmp_path / "plot.png")]
    )

    assert answer.exit_code == 0
    rule = tomllib.loads(answer.output)["prompt"]["en"]["sexual"]
    assert 0 < rule["review"] <= rule["refuse"] < 1
    assert "# of 60 known, 30 have it" in answer.output
    with Image.open(tmp_path / "plot.png") as plot:
        assert plot.width > 100


def test_nothing_to_fit_is_said(tmp_path):
    write([LabelledText("a", "en", "toy", {Category.HATE: True})], tmp_path / "e.csv")

    answer = CliRunner().invoke(main, [str(tmp_path / "e.csv")])

    assert answer.exit_code == 1
    assert "no category has 20 texts" in answer.output


def test_what_reviewers_said_of_recorded_scores_is_fitted(tmp_path):
    records = [
        LabelledScore(
            work=str(work),
            gate=gate,
            lang="ru" if work % 4 < 2 else "en",
            category=Category.HATE,
            score=(0.6 if work % 2 else 0.2) + work / 1000,
            label=None if work == 99 else work % 2 == 1,
        )
        for work in range(100)
        for gate in ("prompt", "image")
    ]
    # the screener read the same words, and was surer
    records.append(replace(records[0], score=0.7))
    write_scores(records, tmp_path / "said.csv")

    answer = CliRunner().invoke(main, [str(tmp_path / "said.csv")])

    assert answer.exit_code == 0
    proposed = tomllib.loads(answer.output)
    assert set(proposed) == {"prompt", "image"}
    assert set(proposed["prompt"]) == {"en", "ru"}
    assert "# of 99 known, 49 have it" in answer.output
    assert proposed["prompt"]["en"]["hate"]["refuse"] == pytest.approx(0.298, abs=1e-3)
    assert proposed["prompt"]["ru"]["hate"]["refuse"] == pytest.approx(0.7, abs=1e-3)


@pytest.mark.parametrize("line", ["1,hash,en,hate,0.5,1", "1,image,en,hate,2,1"])
def test_a_malformed_record_is_named(tmp_path, line):
    path = tmp_path / "said.csv"
    path.write_text(f"work,gate,lang,category,score,label\n{line}\n", "utf-8")

    answer = CliRunner().invoke(main, [str(path)])

    assert "line 2" in str(answer.exception)


def test_refusing_more_than_is_reviewed_makes_no_sense(tmp_path):
    path = tmp_path / "any.csv"
    path.touch()

    answer = CliRunner().invoke(main, [str(path), "--refuse", "0.1"])

    assert answer.exit_code == 2
