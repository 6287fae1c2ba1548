from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from moderation import Category, ImageGate, Outcome
from moderation.errors import Fault
from moderation.image.hash_lists import HashEntry, HashKind
from tests.factories import NOON
from tests.fakes import Scorer
from vernissage.db.hash_lists import HashLists
from vernissage.errors import BadInput
from vernissage.messages import translator
from vernissage.services.hash_matching import HashMatcher
from vernissage.services.uploads import FAULTS, UploadReader


@pytest.fixture
def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def eyes() -> Scorer:
    return Scorer({Category.VIOLENCE: 0.6})


@pytest.fixture
def upload_reader(sessions, policy, eyes) -> UploadReader:
    gate = ImageGate(classifiers=[eyes], policy=policy)
    matcher = HashMatcher(sessions=sessions, policy=policy)
    return UploadReader(matcher=matcher, image_gate=gate)


def test_a_picture_is_read_anew_and_judged(upload_reader, eyes, png):
    received = upload_reader.read(png)

    assert received.image.size == (40, 30)
    assert received.media_type == "image/png"
    assert [v.gate for v in received.verdicts] == ["image"]
    assert received.outcome is Outcome.REVIEW
    assert eyes.seen == [received.image]


def test_a_listed_file_is_refused_by_its_bytes_alone(
    upload_reader, sessions, eyes, png
):
    with sessions.begin() as session:
        HashLists(session).add(
            "files",
            [HashEntry(HashKind.SHA256, sha256(png).hexdigest())],
            category=Category.ILLEGAL,
            sha256="0" * 64,
            actor="olga",
            at=NOON,
        )

    received = upload_reader.read(png)

    assert [v.gate for v in received.verdicts] == ["hash"]
    assert received.outcome is Outcome.REFUSE
    assert eyes.seen == []


def test_what_is_no_picture_is_told_why(upload_reader, png):
    with pytest.raises(BadInput) as caught:
        upload_reader.read(png, declared="image/webp")

    assert (caught.value.field, caught.value.problem) == (
        "image",
        FAULTS[Fault.MISLABELLED],
    )


def test_a_limit_is_named(upload_reader):
    with pytest.raises(BadInput, match="at most 16 MB"):
        upload_reader.read(bytes(16 * 2**20 + 1))


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_words_in_both_languages(fault):
    english = FAULTS[fault]

    assert translator("ru").gettext(english) != english
