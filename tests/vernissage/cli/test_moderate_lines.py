import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation import Category, ImageGate, PromptGate
from moderation.image.uploads import MAX_BYTES
from tests.datasets_cleaning.specimens import bomb, png
from tests.fakes import Scorer, UnavailableClassifier
from vernissage.cli.moderate_lines import LineModerator
from vernissage.services.hash_matching import HashMatcher
from vernissage.services.uploads import UploadReader


def line_moderator(policy, classifier, sessions=None):
    text = PromptGate(classifiers=[classifier], policy=policy)
    image = ImageGate(classifiers=[classifier], policy=policy)
    matcher = HashMatcher(sessions=sessions, policy=policy)
    upload_reader = UploadReader(matcher=matcher, image_gate=image)
    return LineModerator(texts=lambda: text, pictures=lambda: upload_reader)


def asked(line_moderator, **line):
    return line_moderator.answer(json.dumps(line).encode())


def test_a_text_is_answered_with_its_verdict_language_and_canonical_form(policy):
    answer = asked(
        line_moderator(policy, Scorer({Category.HATE: 0.6})), text=" a   lake "
    )

    assert (answer["outcome"], answer["judged"]) == ("review", True)
    assert (answer["language"], answer["canonical"]) == ("en", "a lake")
    assert answer["scores"] == {"hate": 0.6}
    assert [reason["category"] for reason in answer["reasons"]] == ["hate"]


def test_a_picture_is_answered_with_its_verdict(policy, sessions, tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(png())

    judges = line_moderator(policy, Scorer({Category.HATE: 0.95}), sessions)
    answer = asked(judges, image=str(file))

    assert answer["outcome"] == "refuse"
    assert "canonical" not in answer


def test_what_cannot_be_judged_says_so(policy):
    answer = asked(line_moderator(policy, UnavailableClassifier()), text="a lake")

    assert (answer["outcome"], answer["judged"]) == ("review", False)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"a lake",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"text": 3}',
        b'{"text": "a", "image": "b"}',
        b'{"text": "a lake", "more": 1}',
        b"[" * 100_000,
        b"9" * 5000,
    ],
)
def test_a_line_of_another_kind_is_told_what_a_line_is(policy, line):
    assert (
        'a line is {"text": "…"}'
        in line_moderator(policy, Scorer()).answer(line)["error"]
    )


@pytest.mark.parametrize("text", ["", " ", "\u200b", "a" * 10_001])
def test_a_text_that_is_none_is_an_error(policy, text):
    assert "error" in asked(line_moderator(policy, Scorer()), text=text)


@pytest.mark.parametrize("data", [b"", b"no picture", bomb()])
def test_a_file_that_is_no_picture_is_an_error(policy, tmp_path, data):
    file = tmp_path / "a.png"
    file.write_bytes(data)

    assert set(asked(line_moderator(policy, Scorer()), image=str(file))) == {"error"}


def test_a_file_of_any_size_is_not_read_when_it_is_too_big(policy, tmp_path):
    file = tmp_path / "a.png"
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES * 100)

    answer = asked(line_moderator(policy, Scorer()), image=str(file))

    assert answer["error"].startswith(f"a picture has at most {MAX_BYTES} bytes")


@pytest.mark.parametrize("path", ["nowhere.png", "/dev/zero", ".", "a\0b", "\udcff"])
def test_a_path_without_a_file_is_an_error(policy, path):
    answer = asked(line_moderator(policy, Scorer()), image=path)

    assert answer["error"].startswith("there is no picture file")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.binary() | st.text().map(lambda text: json.dumps({"text": text}).encode())
)
def test_every_line_has_an_answer_that_can_be_written(policy, line):
    answer = line_moderator(policy, Scorer()).answer(line)

    assert ("error" in answer) is not ("outcome" in answer)
    assert json.dumps(answer, ensure_ascii=False).encode(errors="backslashreplace")
