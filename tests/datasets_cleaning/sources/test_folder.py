import os
import pickle

import pytest

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import Pair
from datasets_cleaning.sources import Columns, open_source
from datasets_cleaning.sources import folder as module
from tests.datasets_cleaning.specimens import folder, pairs, png


def read(root, **columns):
    source = open_source(str(root), columns=Columns(**columns))
    found: list[Pair] = []
    for shard in source.shards():
        with shard.open() as pairs_:
            found += pairs_
    return found


def faults(root, **columns):
    return {p.key: p.fault and p.fault.reason for p in read(root, **columns)}


def test_a_picture_and_its_caption_make_a_pair_wherever_they_lie(tmp_path):
    files = {"b/2.JPG": b"J", "b/2.txt": b"two", "a.b.png": b"P", "a.b.txt": b"one"}

    found = read(folder(tmp_path, files))

    assert [(p.index, p.key, p.caption, p.fault) for p in found] == [
        (0, "a.b", "one", None),
        (1, "b/2", "two", None),
    ]
    assert [p.image.read() for p in found] == [b"P", b"J"]


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

    assert faults(folder(tmp_path, files)) == {"1": reason}


def test_links_are_faults_and_never_followed(tmp_path):
    secret = folder(tmp_path / "secret", {"key.txt": b"secret"})
    root = folder(tmp_path / "source", {"1.png": png()})
    (root / "1.txt").symlink_to(secret / "key.txt")
    (root / "2").symlink_to(secret, target_is_directory=True)

    found = read(root)

    assert {p.key: p.fault and p.fault.reason for p in found} == {
        "1": "structure:link",
        "2": "structure:link",
    }
    assert [p.caption for p in found] == [None, None]


def test_a_file_that_became_a_link_is_not_followed(tmp_path):
    root = folder(tmp_path / "source", {"1.png": png(), "1.txt": b"one"})
    [shard] = open_source(str(root)).shards()

    with shard.open() as [pair]:
        (root / "1.png").unlink()
        (root / "1.png").symlink_to(root / "1.txt")

        assert pair.image
        with pytest.raises(SourceError, match=r"cannot read .*1\.png"):
            pair.image.read()


def test_a_file_that_has_grown_is_not_read(tmp_path):
    root = folder(tmp_path, {"1.png": png(), "1.txt": b"one"})
    [pair] = read(root)
    (root / "1.png").write_bytes(png() + b"more")

    with pytest.raises(SourceError, match="has changed"):
        pair.image.read()


def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "1.png")

    assert faults(tmp_path) == {"1": "structure:not_a_file"}


def test_a_name_that_is_no_utf8_is_shown_in_ascii(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.png")).write_bytes(png())

    assert faults(tmp_path) == {"\\udcff.png": "structure:unsafe_name"}


def test_captions_stand_in_json_when_asked_for(tmp_path):
    files = {"1.png": png(), "1.json": b'{"text": "one"}'}

    [pair] = read(folder(tmp_path, files), caption="json:text")

    assert (pair.caption, pair.fault) == ("one", None)


def test_shards_are_cut_between_pairs_and_survive_pickling(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PAIRS", 2)
    root = folder(tmp_path, dict(pairs(5)))

    shards = pickle.loads(pickle.dumps(open_source(str(root)).shards()))  # noqa: S301

    open_url = []
    for shard in shards:
        with shard.open() as found:
            open_url.append([(p.index, p.key, p.fault) for p in found])
    assert [(shard.number, shard.name) for shard in shards] == [
        (0, "00000"),
        (1, "00001"),
        (2, "00002"),
    ]
    assert open_url[1] == [(0, "000000002", None), (1, "000000003", None)]
    assert [len(found) for found in open_url] == [2, 2, 1]


def test_a_fingerprint_changes_with_its_shard_only(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PAIRS", 1)
    root = folder(tmp_path, dict(pairs(2)))
    shards = open_source(str(root)).shards()
    before = [shard.fingerprint() for shard in shards]

    (root / "000000001.txt").write_bytes(b"another caption")

    after = [shard.fingerprint() for shard in shards]
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_a_shard_whose_files_are_gone_says_so(tmp_path):
    root = folder(tmp_path, dict(pairs(1)))
    [shard] = open_source(str(root)).shards()
    (root / "000000000.jpg").unlink()

    with pytest.raises(SourceError, match=r"000000000\.jpg"):
        shard.fingerprint()
