import pickle
from pathlib import Path

import pytest

from datasets_cleaning.classifiers import Classifiers
from datasets_cleaning.errors import PlanError
from datasets_cleaning.plan import BUNDLED, Plan
from datasets_cleaning.plan_file import Duplicates
from moderation import Category, Policy
from moderation.errors import ClassifierUnavailable

JUDGING = '[[filter]]\nname = "caption_judged"\n[[filter]]\nname = "image_judged"\n'
SMALL = '[[filter]]\nname = "image_too_small"\nshorter_side = 512\n'
NOTHING = Classifiers()


def columns(plan, classifiers, **options):
    measures = plan.measures(classifiers.load(), **options)
    return [column for measure in measures for column in measure.columns]


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_plan_can_be_read_and_says_why(name):
    plan = Plan.bundled(name)

    assert plan.version.startswith(f"{name}-")
    assert [each.cost for each in plan.steps] == sorted(
        each.cost for each in plan.steps
    )


def test_an_unknown_plan_is_refused_by_its_name():
    with pytest.raises(PlanError, match="'lenient'"):
        Plan.bundled("lenient")


def test_filters_are_asked_in_the_order_of_cost_and_else_in_that_of_the_plan():
    text = f'version = "x"\n{JUDGING}{SMALL}[[filter]]\nname = "caption_empty"\n'

    plan = Plan.parse(text)

    assert [type(judge).__name__ for judge in plan.filters] == [
        "ImageTooSmall",
        "CaptionEmpty",
        "CaptionJudged",
        "ImageJudged",
    ]


def test_a_plan_travels_as_its_text():
    plan = Plan.bundled()

    arrived = pickle.loads(pickle.dumps(plan))  # noqa: S301  # our own bytes

    assert (arrived.text, arrived.sha256) == (plan.text, plan.sha256)


@pytest.fixture
def own_policy(tmp_path: Path) -> Path:
    """A policy of one's own, with a rule that no bundled one has."""
    ours = Path("moderation/policies/balanced.toml").read_text("utf-8")
    policy = tmp_path / "own.toml"
    own = Policy.bundled().version
    policy.write_text(
        ours.replace(own, "own-1").replace(
            "hate = { review = 0.60, refuse = 0.85 }",
            "hate = { review = 0.11, refuse = 0.22 }",
        )
    )
    return policy


def test_a_policy_may_lie_beside_the_plan_and_travels_with_it(tmp_path, own_policy):
    file = tmp_path / "plan.toml"
    file.write_text(f'version = "x"\npolicy = "{own_policy.name}"\n{JUDGING}')

    plan = Plan.read(file)
    own_policy.unlink()
    elsewhere = Plan.parse(plan.text)

    assert plan.policy.prompt[Category.HATE].review == 0.11
    assert elsewhere.policy == plan.policy
    assert elsewhere.sha256 == plan.sha256


def test_another_policy_makes_another_plan():
    text = f'version = "x"\npolicy = "NAME"\n{JUDGING}'

    digests = {
        Plan.parse(text.replace("NAME", n)).sha256 for n in ("balanced", "strict")
    }

    assert len(digests) == 2


def test_a_policy_may_stand_in_the_plan(tmp_path, own_policy):
    table = own_policy.read_text().replace("[", "[policy.").replace('"own-1"', '"in-1"')
    table = "[policy]\n" + table

    plan = Plan.parse(f'version = "x"\n{JUDGING}{table}')

    assert plan.policy.version == "in-1"
    assert plan.policy.prompt[Category.HATE].refuse == 0.22


def test_every_problem_is_named_at_once():
    text = """
        version = ""
        scoreall = true
        captions_only = "yes"
        policy = "strikt"
        [[filter]]
        name = "image_tpe"
        [[filter]]
        name = "beauty"
        [[filter]]
        name = "image_too_small"
        shorter_side = 900
        sides = 2
        [[filter]]
        name = "image_too_large"
        longer_side = 800
        [[filter]]
        name = "image_too_large"
        longer_side = 800
        [[filter]]
        name = "caption_mismatch"
        cosine = 3
        [[filter]]
        name = "caption_too_long"
        [[filter]]
        name = "image_type"
        types = ["gif"]
        [duplicates]
        near = 32
        exact = 1
    """

    with pytest.raises(PlanError) as caught:
        Plan.parse(text)

    problems = str(caught.value)
    for problem in (
        "version is ''; it should have at least 1 character",
        "scoreall is unknown; did you mean score_all?",
        "captions_only is 'yes'; it should be a valid boolean",
        "policy is 'strikt'; did you mean strict?",
        "filter: 'image_tpe' is unknown; did you mean image_type?",
        "filter: 'beauty' is unknown; known are image_aspect, ",
        "filter image_too_small: sides is unknown; known are shorter_side",
        "filter image_too_large: stands there twice",
        "nothing would be kept",
        "filter caption_mismatch: cosine is 3; it should be less than or equal to 1",
        "filter caption_too_long: characters is missing",
        "filter image_type: types.0 is 'gif'; it should be 'jpeg', 'png' or 'webp'",
        "duplicates: near is 32; it should be less than or equal to 31",
        "duplicates: exact is 1; it should be a valid boolean",
        "add caption_judged, image_judged",
    ):
        assert problem in problems


def test_the_faults_of_a_policy_are_those_of_the_plan(tmp_path, own_policy):
    worst_reasons = own_policy.read_text().replace("refuse = 0.22", "refuse = 0.01")
    own_policy.write_text(worst_reasons)
    file = tmp_path / "plan.toml"
    file.write_text(f'version = "x"\npolicy = "own.toml"\n{JUDGING}')

    with pytest.raises(PlanError, match=r"plan\.toml.*policy: .*hate"):
        Plan.read(file)


@pytest.mark.parametrize("data", [b"version = ", b"\xff"])
def test_a_file_that_is_no_toml_is_refused_by_its_name(tmp_path, data):
    file = tmp_path / "plan.toml"
    file.write_bytes(data)

    with pytest.raises(PlanError, match=r"plan\.toml"):
        Plan.read(file)


def test_without_a_table_no_duplicates_are_looked_for():
    assert Plan.parse(f'version = "x"\n{JUDGING}').duplicates == Duplicates()
    assert Plan.bundled().duplicates == Duplicates(exact=True, near=31)


def test_a_plan_of_captions_looks_at_no_picture():
    plan = Plan.bundled("captions")

    asked = columns(plan, NOTHING)

    assert plan.captions_only
    assert {"caption_length", "personal", "caption_hate"} < set(asked)
    assert not {"bytes", "sha256", "decoded"} & set(asked)


def test_a_plan_of_captions_can_name_no_picture():
    text = 'version = "x"\ncaptions_only = true\n'

    with pytest.raises(PlanError, match="take out image_judged, duplicates"):
        Plan.parse(f"{text}{JUDGING}[duplicates]\nexact = true\n")


def test_what_a_plan_needs_and_nobody_gave_is_named_at_once():
    extra = (
        '[[filter]]\nname = "low_aesthetics"\naesthetics = 5\n'
        '[[filter]]\nname = "detoxify"\n'
    )

    with pytest.raises(ClassifierUnavailable) as caught:
        Plan.parse(f'version = "x"\n{JUDGING}{extra}').measures(NOTHING.load())

    assert str(caught.value).splitlines() == [
        "detoxify: no Detoxify is set",
        "image_judged: no CLIP is set",
        "low_aesthetics: no CLIP is set",
    ]


def test_a_plan_may_use_the_names_of_before_and_says_so():
    old = (
        '[[filter]]\nname = "plain"\naesthetics = 5\n'
        '[[filter]]\nname = "unlike"\ncosine = 0.2\n[duplicates]\nalike = 0.9\n'
    )

    plan = Plan.parse(f'version = "x"\n{JUDGING}{old}')

    assert {"low_aesthetics", "caption_mismatch"} < {each.key for each in plan.steps}
    assert plan.duplicates.semantic == 0.9
    assert plan.renamed == {
        "filter plain": "low_aesthetics",
        "filter unlike": "caption_mismatch",
        "duplicates.alike": "semantic",
    }
    assert not Plan.bundled("kandinsky").renamed


def test_what_is_no_table_is_no_plan():
    text = 'version = 1\nfilter = "all"\nduplicates = 31\npolicy = 7\n'

    with pytest.raises(PlanError) as caught:
        Plan.parse(text)

    problems = str(caught.value)
    for problem in (
        "version is 1; it should be a valid string",
        "filter is 'all'; it should be written as [[filter]]",
        "duplicates is 31; it should be a table",
        "policy is 7; it should be a name or a table",
    ):
        assert problem in problems


def test_a_folder_of_before_knows_its_plan_again():
    plan = Plan.bundled()

    assert (plan.version, plan.policy.version) == ("default-2", "balanced-3")
    assert plan.sha256.startswith("0dacc63cbe58f1ac33afcf3a270362d8")
