import string
import subprocess
import tarfile
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webdataset.tariterators import group_by_keys, tar_file_expander

from datasets_cleaning.errors import DestinationError, SourceError
from datasets_cleaning.kept_files import (
    files_of,
    write_files,
    write_kept_csv,
    write_rows,
    write_tar,
)
from datasets_cleaning.pair import Blob, Pair
from datasets_cleaning.sources import open_source
from tests.datasets_cleaning.specimens import (
    folder,
    no_room_beyond,
    pairs,
    tar_shard,
)


def blob(name, data):
    extension = "." + name.rpartition(".")[2].lower()
    return Blob(name=name, extension=extension, size=len(data), read=lambda: data)


def pair(key, image=b"J", text=b"one", index=0, **more):
    companions = [blob(f"{key}.{name}", data) for name, data in more.items()]
    return Pair(
        index=index,
        key=key,
        image=blob(f"{key}.jpg", image),
        caption=text.decode(),
        companions=(*companions, blob(f"{key}.txt", text)),
    )


def members(path):
    with tarfile.open(path) as file:
        streams = {name: file.extractfile(name) for name in file.getnames()}
        return {name: stream and stream.read() for name, stream in streams.items()}


def contents(file):
    return file.name, file.read()


def read(path):
    [shard] = open_source(str(path)).shards()
    with shard.open() as found:
        return [(p.key, p.caption, p.fault, *map(contents, files_of(p))) for p in found]


NAMES = st.text(string.ascii_letters + "0123456789-_.яж😀 ", min_size=1, max_size=120)
KEYS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


def is_key(key):
    return not any(part.strip(". ") == "" for part in key.split("/"))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=40,
)
@given(
    st.dictionaries(
        KEYS.filter(is_key),
        st.tuples(st.binary(max_size=2000), st.text("aя\n", max_size=9), st.binary()),
        max_size=5,
    )
)
def test_what_is_written_is_read_back(tmp_path, files):
    path = tmp_path / "s.tar"
    wanted = [
        pair(key, image, text.encode(), json=json)
        for key, (image, text, json) in files.items()
    ]

    write_tar(path, wanted)

    assert read(path) == [
        (
            *(key, text, None, (f"{key}.jpg", image)),
            *((f"{key}.json", json), (f"{key}.txt", text.encode())),
        )
        for key, (image, text, json) in files.items()
    ]


def test_kept_pairs_have_the_bytes_that_they_had(tmp_path):
    extra = [("x.jpg", b"J"), ("x.json", b"{}"), ("x.txt", b"\xef\xbb\xbfmarked\r\n")]
    path = tar_shard(tmp_path / "s.tar", 3, extra=extra)
    [shard] = open_source(str(path)).shards()

    with shard.open() as found:
        write_tar(tmp_path / "kept" / "s.tar", found[1:])

    kept = members(tmp_path / "kept" / "s.tar")
    whole = members(path)
    assert kept == {name: whole[name] for name in sorted(whole)[2:]}


def test_the_same_pairs_give_the_same_bytes_in_every_version(tmp_path):
    wanted = [pair("b", json=b"{}"), pair("a" * 150), pair("ж")]

    write_tar(tmp_path / "1.tar", wanted)
    write_tar(tmp_path / "2.tar", wanted)

    data = (tmp_path / "1.tar").read_bytes()
    assert data == (tmp_path / "2.tar").read_bytes()
    assert sha256(data).hexdigest() == (
        "9b2d40329d3fc4079c2e70550ef751fa5c097b0ca1484fb1054e4e39cbf69cc1"
    )


def test_members_have_no_time_no_owner_and_an_order(tmp_path):
    write_tar(tmp_path / "s.tar", [pair("b", json=b"{}"), pair("a")])

    with tarfile.open(tmp_path / "s.tar") as file:
        members = file.getmembers()
    assert [m.name for m in members] == ["b.jpg", "b.json", "b.txt", "a.jpg", "a.txt"]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {
        (0, 0, 0, "", "", 0o644)
    }


def test_webdataset_and_gnu_tar_read_what_is_written(tmp_path):
    path = tmp_path / "s.tar"
    write_tar(path, [pair(f"a/{n:05d}", bytes([n]), b"thing") for n in range(3)])

    with path.open("rb") as stream:
        members = tar_file_expander([{"url": str(path), "stream": stream}])
        samples = list(group_by_keys(members))
    listed = subprocess.run(["/bin/tar", "-tf", path], capture_output=True, check=True)

    assert [s["__key__"] for s in samples] == [f"a/{n:05d}" for n in range(3)]
    assert [s["jpg"] for s in samples] == [b"\0", b"\1", b"\2"]
    assert listed.stdout.split()[:2] == [b"a/00000.jpg", b"a/00000.txt"]
    assert listed.stderr == b""


def test_a_caption_from_a_table_gets_a_file(tmp_path):
    bare = Pair(index=0, key="7", image=blob("7.jpg", b"J"), caption="дом")

    write_tar(tmp_path / "s.tar", [bare])

    assert read(tmp_path / "s.tar") == [
        ("7", "дом", None, ("7.jpg", b"J"), ("7.txt", "дом".encode()))
    ]


@pytest.mark.parametrize("name", ["../1.jpg", "/1.jpg", "a\n.jpg", "\udcff.jpg"])
@pytest.mark.parametrize("write", [write_tar, write_files])
def test_no_name_leads_out_of_the_destination(tmp_path, name, write):
    bad = Pair(index=0, key="1", image=blob(name, b"J"), caption="one")

    with pytest.raises(DestinationError, match="no name for a file"):
        write(tmp_path / "kept", [bad])

    assert not (tmp_path / "kept").exists()
    assert not (tmp_path / "1.jpg").exists()


def test_a_source_that_breaks_leaves_nothing_half_written(tmp_path):
    def gone():
        raise SourceError("it is gone")

    lost = Blob(name="2.jpg", extension=".jpg", size=1, read=gone)

    with pytest.raises(SourceError, match="it is gone"):
        write_tar(
            tmp_path / "s.tar",
            [pair("1"), Pair(index=1, key="2", image=lost, caption="two")],
        )

    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_stays_when_the_disk_is_full(tmp_path):
    path = tmp_path / "s.tar"
    write_tar(path, [pair("1")])
    before = path.read_bytes()

    with no_room_beyond(50_000), pytest.raises(DestinationError, match="no room for"):
        write_tar(path, [pair("2", b"J" * 100_000)])

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_files_are_copied_under_their_names(tmp_path):
    root = folder(tmp_path / "source", {f"a/{n}": d for n, d in pairs(2)})
    [shard] = open_source(str(root)).shards()

    for _ in range(2):
        with shard.open() as found:
            write_files(tmp_path / "kept", found)

    copies = {
        file.relative_to(tmp_path / "kept").as_posix(): file.read_bytes()
        for file in (tmp_path / "kept").rglob("*.*")
    }
    assert copies == {f"a/{name}": data for name, data in pairs(2)}


def test_the_list_has_a_heading_and_the_parts_in_order(tmp_path):
    write_rows(tmp_path / "0.csv", [("1.jpg", 'a "lake",\nby night'), ("2.jpg", "дом")])
    write_rows(tmp_path / "1.csv", [])
    write_rows(tmp_path / "2.csv", [("3.jpg", "three")])

    write_kept_csv(
        tmp_path / "kept.csv", [tmp_path / f"{part}.csv" for part in range(3)]
    )

    assert (tmp_path / "kept.csv").read_text("utf-8") == (
        'image_name,caption\n1.jpg,"a ""lake"",\nby night"\n2.jpg,дом\n3.jpg,three\n'
    )
