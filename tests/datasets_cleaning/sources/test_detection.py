import os
import pickle

import pytest

from datasets_cleaning.errors import SourceError
from datasets_cleaning.protocols import SourceFormat
from datasets_cleaning.sources import open_source
from tests.datasets_cleaning.specimens import folder, jpeg, pairs, tar_shard


def shards(uri):
    return [(shard.number, shard.name) for shard in open_source(str(uri)).shards()]


def test_a_folder_of_tars_is_a_shard_for_each_whatever_else_lies_there(tmp_path):
    for number in (1, 0):
        tar_shard(tmp_path / f"{number:05d}.tar", 1)
    folder(tmp_path, {"00000.parquet": b"", "00000_stats.json": b""})

    assert open_source(str(tmp_path)).source_format == SourceFormat.TARS
    assert shards(tmp_path) == [(0, "00000.tar"), (1, "00001.tar")]


@pytest.mark.parametrize("pattern", ["{00000..00002}.tar", "*.tar", "0000[0-2].tar"])
def test_a_pattern_names_tars(tmp_path, pattern):
    for number in range(3):
        tar_shard(tmp_path / f"{number:05d}.tar", 1)

    expected = [(number, f"{number:05d}.tar") for number in range(3)]
    assert shards(tmp_path / pattern) == expected


def test_equal_names_in_several_folders_stay_apart(tmp_path):
    for part in ("part-8", "part-9"):
        tar_shard(tmp_path / part / "00000.tar", 1)

    found = shards(tmp_path / "part-{8..9}" / "{00000..00000}.tar")

    assert found == [(0, "part-8/00000.tar"), (1, "part-9/00000.tar")]


def test_a_file_url_is_a_path(tmp_path):
    path = tar_shard(tmp_path / "a b.tar", 1)

    assert shards(path.as_uri()) == [(0, "a b.tar")]


def test_shards_survive_pickling(tmp_path):
    source = open_source(str(tar_shard(tmp_path / "s.tar", 2)))

    [shard] = pickle.loads(pickle.dumps(source.shards()))  # noqa: S301

    with shard.open() as found:
        assert len(found) == 2


def test_a_folder_of_pictures_is_one_and_a_csv_beside_them_a_fault(tmp_path):
    root = folder(tmp_path, dict(pairs(1)) | {"list.csv": b"image_name,caption\n"})

    source = open_source(str(root))

    assert source.source_format == SourceFormat.FOLDER
    with source.shards()[0].open() as found:
        assert {p.key: p.fault and p.fault.reason for p in found} == {
            "000000000": None,
            "list": "structure:unknown_member",
        }


@pytest.mark.parametrize(
    ("files", "name", "problem"),
    [
        ({}, "nowhere", "there is no file .*nowhere"),
        ({}, "", "is empty"),
        ({"a.tar": b"", "b.jpg": b""}, "", "both tars and pictures"),
        ({"a.csv": b"", "b.parquet": b""}, "", r"\.csv and \.parquet files"),
        ({"a.zip": b""}, "a.zip", "is no data set"),
        ({"a.tar.gz": b""}, "a.tar.gz", "is no data set"),
        ({"0.tar": b""}, "{0..2}.tar", r"there is no file .*1\.tar \(2 of 3 files\)"),
        ({"0.tar": b""}, "{2..0}.tar", "names 0 files"),
        ({"0.tar": b""}, "{0..9999999}.tar", "names 10000000 files"),
        ({"0.tar": b""}, "*.zip", r"there is no file .*\*\.zip"),
    ],
)
def test_what_is_no_source_is_refused_in_a_sentence(tmp_path, files, name, problem):
    root = folder(tmp_path, files)

    with pytest.raises(SourceError, match=problem):
        open_source(str(root / name))


@pytest.mark.parametrize("files", [{"a.tar": b""}, {"a.jpg": jpeg()}])
def test_only_tables_go_without_pictures(tmp_path, files):
    root = folder(tmp_path, files)

    with pytest.raises(SourceError, match="only tables can be read without"):
        open_source(str(root), images=False)


def test_no_source_at_all_is_refused():
    with pytest.raises(SourceError, match="no source is given"):
        open_source("")


def test_the_fingerprint_of_a_tar_is_its_contents_and_its_time(tmp_path):
    path = tar_shard(tmp_path / "s.tar", 2)
    [shard] = open_source(str(path)).shards()
    before, times = shard.fingerprint(), path.stat()

    data = bytearray(path.read_bytes())
    data[600] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    changed = shard.fingerprint()
    assert changed == shard.fingerprint() != before
    os.utime(path)
    assert shard.fingerprint() != changed
    path.unlink()
    with pytest.raises(SourceError, match="cannot read"):
        shard.fingerprint()
