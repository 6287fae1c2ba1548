import copy
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moderation import Category, HashGate, Outcome, Policy
from moderation.errors import HashListError
from moderation.image.hash_lists import HashEntry, HashKind, HashList
from moderation.image.pdq import PdqHash


@pytest.fixture
def picture() -> Image.Image:
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((300, 200), Image.Resampling.BICUBIC)


@pytest.fixture
def stranger(picture: Image.Image) -> Image.Image:
    return Image.eval(picture, lambda level: 255 - level)


@pytest.fixture
def listed(picture: Image.Image) -> HashList:
    return HashList.of(
        [HashEntry(HashKind.PDQ, PdqHash.of(picture).hex, "minors", "ngo")]
    )


@pytest.fixture
def gate(listed: HashList) -> HashGate:
    return HashGate(classifiers=[listed], policy=Policy.bundled())


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_listed_picture_is_refused_with_its_category(gate, picture):
    verdict = gate.judge(picture)

    assert verdict.outcome is Outcome.REFUSE
    assert [reason.category for reason in verdict.reasons] == [Category.MINORS]


def test_a_picture_on_no_list_is_allowed(gate, stranger):
    verdict = gate.judge(stranger)

    assert (verdict.outcome, verdict.judged) == (Outcome.ALLOW, True)


def test_a_recoded_smaller_copy_is_recognised(listed, picture):
    buffer = BytesIO()
    picture.resize((200, 133)).save(buffer, "JPEG", quality=40)

    [match] = listed.matches(Image.open(buffer))

    assert match.entry.source == "ngo"
    assert match.distance <= 31


@pytest.mark.parametrize("turn", Image.Transpose)
def test_a_turned_copy_is_recognised(turn, listed, picture):
    assert listed.matches(picture.transpose(turn))


def test_a_file_is_recognised_by_its_bytes(stranger):
    digest = sha256(b"a file").hexdigest()
    listed = HashList.of([HashEntry(HashKind.SHA256, digest.upper())])

    assert listed.scores(stranger, digest) == {Category.UNSAFE: 1.0}
    assert listed.scores(stranger, digest[::-1]) == {Category.UNSAFE: 0.0}
    assert listed.scores(stranger) == {Category.UNSAFE: 0.0}


def test_a_picture_too_flat_to_tell_is_on_no_list():
    flat = Image.new("RGB", (100, 100), "white")
    listed = HashList.of([HashEntry(HashKind.PDQ, PdqHash.of(flat).hex)])

    assert listed.matches(flat) == ()


def test_a_label_that_is_no_category_counts_for_the_lists_own(picture):
    entry = HashEntry(HashKind.PDQ, PdqHash.of(picture).hex, "case 7")
    listed = HashList.of([entry], category=Category.ILLEGAL)

    assert listed.scores(picture) == {Category.ILLEGAL: 1.0}


def test_an_empty_list_allows_everything(picture):
    gate = HashGate(classifiers=[HashList.of([])], policy=Policy.bundled())

    assert gate.judge(picture).outcome is Outcome.ALLOW


def test_a_gate_that_breaks_asks_for_a_human(gate):
    verdict = gate.judge(Image.new("RGB", (0, 3)))

    assert (verdict.outcome, verdict.judged) == (Outcome.REVIEW, False)


def test_lists_are_read_from_files(tmp_path, picture, stranger):
    one = write(
        tmp_path / "one.csv",
        "note,hash,kind,label,weight",
        f"seen in May,{PdqHash.of(picture).hex.upper()},PDQ,hate,3",
        "",
        f"a file,{'0' * 64},sha256,,",
    )
    other = write(
        tmp_path / "other.csv", "\ufeffhash,kind", f"{PdqHash.of(stranger).hex},pdq"
    )

    listed = HashList.read(one, other)

    assert len(listed) == 3
    assert listed.scores(picture)[Category.HATE] == 1.0
    assert listed.matches(picture)[0].entry.note == "seen in May"
    assert listed.matches(stranger, "0" * 64)[0].entry.note == "a file"


def test_a_file_of_one_kind_needs_no_column_for_it(tmp_path):
    path = write(tmp_path / "list.csv", "hash", "ab" * 32)

    assert list(HashList.read(path, kind=HashKind.SHA256).files) == ["ab" * 32]


def test_every_malformed_line_is_named_at_once(tmp_path):
    first = write(
        tmp_path / "first.csv",
        "hash,kind",
        "f" * 63 + ",pdq",
        "0" * 64 + ",pdq",
        "0" * 64 + ",md5",
        "0" * 64,
        "x" * 500 + ",pdq",
    )
    second = write(tmp_path / "second.csv", "digest,kind", "0" * 64 + ",pdq")
    third = write(tmp_path / "third.csv", "hash", "0" * 64)
    missing = tmp_path / "missing.csv"

    with pytest.raises(HashListError) as caught:
        HashList.read(first, second, third, missing)

    problems = caught.value.problems
    lines = [problem.removeprefix(str(tmp_path)).split(": ")[0] for problem in problems]
    assert lines == [
        *(f"/first.csv, line {line}" for line in (2, 4, 5, 6)),
        "/second.csv, line 1",
        "/third.csv, line 1",
        "/missing.csv",
    ]
    assert "md5" in problems[1]
    assert max(map(len, problems)) < 400


def test_a_line_of_another_kind_than_its_file_is_named(tmp_path):
    path = write(tmp_path / "list.csv", "hash,kind", "0" * 64 + ",sha256")

    with pytest.raises(HashListError, match="line 2: a kind is the same"):
        HashList.read(path, kind=HashKind.PDQ)


def test_what_is_no_text_is_no_list(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"hash,kind\n\xff\xfe\n")

    with pytest.raises(HashListError, match=r"list\.csv"):
        HashList.read(path)


def test_malformed_entries_are_named_at_once():
    with pytest.raises(HashListError, match=r"entry 1: .*; entry 3: "):
        HashList.of([HashEntry(HashKind.PDQ, h) for h in ("", "0" * 64, "0" * 65)])


def test_a_copy_of_the_error_has_its_problems():
    error = HashListError(["line 1: no", "line 2: no"])

    assert copy.copy(error).problems == error.problems


def test_another_list_has_another_version(listed, picture):
    other = HashList.of([HashEntry(HashKind.PDQ, PdqHash.of(picture).hex, "hate")])

    assert listed.version != other.version
    assert listed.version == HashList.of(listed.pictures).version
