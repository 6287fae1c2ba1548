from dataclasses import replace

import pytest

from generation.evaluation.experiment import Experiment
from generation.evaluation.result import Result, share
from generation.evaluation.suite import reported


class Counting:
    """A part that remembers how often it was measured."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, experiment: Experiment) -> Result:
        self.times += 1
        return Result(
            part="counting",
            settings={**experiment.settings, "only": ["things"]},
            notes=(),
            figures=(share([True], of="it", measure="right"),),
        )


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_what_was_measured_is_not_measured_again(experiment, counting):
    first = reported(experiment, {"counting": counting}, {"only": ["things"]})

    again = reported(experiment, {"counting": counting}, {"only": ["things"]})

    assert again == first
    assert counting.times == 1


def test_a_part_that_is_missing_is_measured(experiment, counting):
    other = Counting()
    reported(experiment, {"counting": counting}, {})

    results = reported(experiment, {"counting": counting, "other": other}, {})

    assert len(results) == 2
    assert (counting.times, other.times) == (1, 1)


def test_other_wishes_are_measured_anew(experiment, counting):
    reported(experiment, {"counting": counting}, {"only": ["things"]})
    seeded = replace(experiment, recipe=replace(experiment.recipe, seed=2))

    reported(seeded, {"counting": counting}, {"only": ["things"]})
    reported(seeded, {"counting": counting}, {"only": ["pairs"]})

    assert counting.times == 3
