import os

import pytest

from datasets_cleaning.errors import SourceError
from datasets_cleaning.sources import open_source
from datasets_cleaning.sources.folder import Folder
from tests.datasets_cleaning.specimens import folder, png


def faults(source):
    return {record.key: record.fault and record.fault.reason for record in source}


def test_a_picture_and_its_caption_make_a_record_wherever_they_lie(tmp_path):
    files = {"b/2.JPG": b"J", "b/2.txt": b"two", "a.b.png": b"P", "a.b.txt": b"one"}

    source = Folder.read(folder(tmp_path, files))

    assert faults(source) == {"a.b": None, "b/2": None}
    assert [record.caption for record in source] == ["one", "two"]
    assert len(source) == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("1.webp", "structure:several_images"),
        ("1.TXT", "structure:several_captions"),
        ("1.pkl", "structure:unknown_member"),
        ("1", "structure:unknown_member"),
    ],
)
def test_a_key_with_strange_files_is_at_fault_as_a_whole(tmp_path, name, reason):
    files = {"1.png": png(), "1.txt": b"one", name: b"?"}

    assert faults(Folder.read(folder(tmp_path, files))) == {"1": reason}


def test_links_are_faults_and_never_followed(tmp_path):
    secret = folder(tmp_path / "secret", {"key.txt": b"secret"})
    root = folder(tmp_path / "source", {"1.png": png()})
    (root / "1.txt").symlink_to(secret / "key.txt")
    (root / "2").symlink_to(secret, target_is_directory=True)

    source = Folder.read(root)

    assert faults(source) == {"1": "structure:link", "2": "structure:link"}
    assert [p.name for record in source for p in record.parts] == ["1.png"]


def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "1.png")

    assert faults(Folder.read(tmp_path)) == {"1": "structure:not_a_file"}


def test_a_name_that_is_no_utf8_is_shown_in_ascii(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.png")).write_bytes(png())

    [record] = Folder.read(tmp_path)

    assert record.key == "\\udcff.png"
    assert record.fault
    assert record.fault.reason == "structure:unsafe_name"


def test_a_source_that_does_not_exist_is_refused_by_its_name(tmp_path):
    with pytest.raises(SourceError, match="nowhere is neither a folder nor a tar"):
        open_source(tmp_path / "nowhere")
