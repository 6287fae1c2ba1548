import pytest

from datasets_cleaning.errors import PlanError
from datasets_cleaning.plan import NAMES, Plan

LONG = 'name = "caption_too_long"\n'
JUDGING = '[[filter]]\nname = "caption_judged"\n[[filter]]\nname = "image_judged"\n'


def test_the_bundled_plan_uses_every_filter_and_looks_for_duplicates_last():
    names = [step.name for step in Plan.bundled().steps]

    assert sorted(names) == sorted(NAMES)
    assert names[-1] == "duplicate"


def test_a_plan_is_read_in_its_own_order(tmp_path):
    file = tmp_path / "plan.toml"
    small = '[[filter]]\nname = "image_too_small"\nshorter_side = 512\n'
    file.write_text(f'version = "big-1"\n{JUDGING}{small}')

    plan = Plan.read(file)

    assert plan.version == "big-1"
    assert [step.threshold for step in plan.steps] == [None, None, 512]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('version = "x"', "look at {'filter'}"),
        ("version = 3\nfilter = []", "a version has"),
        ('version = "x"\nfilter = 3', "written as [[filter]]"),
        ('version = "x"\nfilter = []', "lacks caption_judged, image_judged"),
        (f'version = "x"\n{JUDGING}{JUDGING}', "twice"),
        (f'version = "x"\n{JUDGING}[[filter]]\nname = "beauty"', "'beauty'"),
        (
            f'version = "x"\n{JUDGING}[[filter]]\nname = "image_too_small"',
            "wants shorter_side",
        ),
        (
            f'version = "x"\n{JUDGING}[[filter]]\nname = "duplicate"\nsides = 2',
            "wants no threshold",
        ),
        (
            f'version = "x"\n{JUDGING}[[filter]]\n{LONG}characters = -1',
            "got -1",
        ),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_what_is_wrong(text, problem):
    with pytest.raises(PlanError) as caught:
        Plan.parse(text)

    assert problem in str(caught.value)


@pytest.mark.parametrize("data", [b"version = ", b"\xff"])
def test_a_file_that_is_no_toml_is_refused_by_its_name(tmp_path, data):
    file = tmp_path / "plan.toml"
    file.write_bytes(data)

    with pytest.raises(PlanError, match=r"cannot read the plan .*plan\.toml"):
        Plan.read(file)
