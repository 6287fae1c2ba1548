import tomllib

import pytest

from moderation import Category, Policy
from moderation.errors import PolicyError
from moderation.policy_file import PolicyFile

LINES = "\n".join(f"{c.value} = {{ review = 0.5, refuse = 0.9 }}" for c in Category)
GOOD = f'version = "v"\n[prompt]\n{LINES}\n[embedding]\n{LINES}\n[image]\n{LINES}\n'

WRONG = """
version = 7
safety = "utmost"
concept_limit = true
mood = "good"
[prompt]
sexual = { review = 0.9, refuse = 0.5 }
hatred = { review = 0.5, refuse = 0.9 }
[prompt.fr]
hate = { review = 0.1, refuse = 0.2 }
[prompt.ru]
hate = { review = 0.1 }
violence = 0.5
[embedding.ru]
hate = { review = 0.1, refuse = 0.2 }
[joint]
sexual = { review = "high", refuse = 0.9 }
[picture]
"""


def problems(text):
    with pytest.raises(PolicyError) as caught:
        PolicyFile.checked(tomllib.loads(text))
    return str(caught.value).splitlines()


def test_every_fault_has_its_line():
    found = problems(WRONG)

    known = "sexual, minors, violence, hate, harassment, self_harm, illegal, shocking"
    rest = known.removeprefix("sexual, ")
    keys = "version, safety, concept_limit, prompt, embedding, image, joint"
    wanted = "wants a line such as { review = 0.5, refuse = 0.9 }"
    assert sorted(found) == sorted(
        [
            f"mood: unknown, a policy has {keys}",
            f"picture: unknown, a policy has {keys}",
            'version: wants a name such as "house-1", got 7',
            "safety: is one of off, weak, medium, strong, max, got 'utmost'",
            "concept_limit: is a number from 0 to 1, got True",
            "[prompt] hatred: unknown; did you mean hate?",
            f"[prompt]: no rule for {rest}, toxic, unsafe",
            "[prompt.fr]: unknown, a language is one of en, ru, other",
            f"[prompt.ru] hate: {wanted}: look at refuse",
            f"[prompt.ru] violence: {wanted}, got 0.5",
            "[embedding.ru]: only [prompt] has languages",
            f"[embedding]: no rule for {known}, toxic, unsafe",
            "[image]: missing",
            f"[joint] sexual: {wanted}: review is no number, got 'high'",
            "[prompt] sexual: need 0 <= review <= refuse <= 1, got 0.9 and 0.5",
        ]
    )


@pytest.mark.parametrize(
    "line", ["review = 0.4, refuse = 0.95", "review = 0, refuse = 1"]
)
def test_no_side_alone_reaches_a_joint_threshold_first(line):
    found = problems(f"{GOOD}[joint]\nhate = {{ {line} }}\n")

    assert len(found) == 1
    assert found[0].startswith("[joint] hate: review is at least that of [prompt] and")


def test_a_policy_made_in_code_obeys_the_same_laws():
    good = Policy.parse(GOOD)

    with pytest.raises(PolicyError, match=r"\[image\]: no rule for hate"):
        Policy(
            "made",
            prompt=good.prompt,
            embedding=good.embedding,
            image={c: r for c, r in good.image.items() if c is not Category.HATE},
        )


@pytest.mark.parametrize("version", ['""', '" "', '"a\\nb"', f'"{"v" * 65}"'])
def test_a_version_is_a_name_that_the_log_can_hold(version):
    assert problems(GOOD.replace('"v"', version))[0].startswith("version: ")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[image]", "[imgae]", "imgae: unknown; did you mean image?"),
        ("minors =", "minor =", "[prompt] minor: unknown; did you mean minors?"),
        (
            "[embedding]",
            "[prompt.rus]\nx = 1\n[embedding]",
            "[prompt.rus]: unknown; did you mean ru?",
        ),
        (
            'version = "v"',
            'version = "v"\nsafty = "max"',
            "safty: unknown; did you mean safety?",
        ),
    ],
)
def test_a_near_miss_is_guessed(old, new, told):
    assert told in problems(GOOD.replace(old, new, 1))


def test_old_and_new_name_of_a_key_are_too_many():
    both = f"away = 0.3\nconcept_limit = 0.3\n{GOOD}"

    assert problems(both) == [
        "away: the old name of concept_limit, which is there as well"
    ]


def test_a_joint_threshold_is_told_beside_other_faults():
    line = "[joint]\nhate = { review = 0.4, refuse = 0.95 }\n"

    found = problems(f"mood = 1\n{GOOD}{line}")

    assert [fault.partition(":")[0] for fault in found] == ["mood", "[joint] hate"]
