import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import fsspec
import pytest

from datasets_cleaning.errors import SourceError
from datasets_cleaning.sources import Columns, open_source, remote
from datasets_cleaning.sources.http_guard import AllowedHosts
from tests.datasets_cleaning.specimens import folder, jpeg, pairs, tar_shard

pytestmark = pytest.mark.usefixtures("spool")


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[str]:
    """A store of its own that isn't on this machine's disk, with three shards."""
    url = f"memory://{tmp_path.name}"
    system = fsspec.filesystem("memory")
    for number in range(3):
        path = tar_shard(tmp_path / "x.tar", 2, first=2 * number)
        system.pipe(f"/{tmp_path.name}/{number:05d}.tar", path.read_bytes())
    yield url
    system.rm(f"/{tmp_path.name}", recursive=True)


def keys(source):
    found = []
    for shard in source.shards():
        with shard.open() as open_url:
            assert all(p.fault is None and p.image.read() for p in open_url)
            found += [pair.key for pair in open_url]
    return found


@pytest.mark.parametrize("pattern", ["", "/", "/*.tar", "/{00000..00002}.tar"])
def test_shards_in_a_store_are_brought_here_and_gone_afterwards(bucket, pattern, spool):
    source = open_source(bucket + pattern)

    names = [shard.name for shard in source.shards()]
    found = keys(source)

    assert names == ["00000.tar", "00001.tar", "00002.tar"]
    assert found == [f"{number:09d}" for number in range(6)]
    assert list(spool.iterdir()) == []


def test_nothing_stays_when_the_job_breaks_off(bucket, spool):
    shard = open_source(bucket).shards()[0]

    with pytest.raises(KeyboardInterrupt), shard.open():
        assert list(spool.iterdir()) != []
        raise KeyboardInterrupt

    assert list(spool.iterdir()) == []


def test_the_fingerprint_of_a_stored_shard_changes_with_it(bucket):
    first, second, _ = open_source(bucket).shards()
    before = first.fingerprint()
    path = f"{bucket}/00000.tar"

    fsspec.filesystem("memory").pipe(path, b"another")

    assert second.fingerprint() == second.fingerprint()
    assert first.fingerprint() != before


def test_a_table_in_a_store_has_its_pictures_there(bucket):
    system = fsspec.filesystem("memory")
    system.pipe(f"{bucket}/t.csv", b"image_name,caption\na/1.jpg,one\nno.jpg,two\n")
    system.pipe(f"{bucket}/a/1.jpg", jpeg())
    [shard] = open_source(f"{bucket}/t.csv").shards()

    with shard.open() as [good, bad]:
        assert good.image
        assert good.image.read() == jpeg()
        assert good.image.extension == ".jpg"
        assert bad.fault
        assert bad.fault.reason == "image_unavailable"


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("memory://nowhere/at/all", "there is nothing at memory://nowhere/at/all"),
        ("memory://nowhere/*.tar", "there is nothing at"),
        ("nosuch://x/1.tar", "cannot look into nosuch://x/1.tar: Protocol not known"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(uri, problem):
    with pytest.raises(SourceError, match=problem.replace("*", r"\*")):
        open_source(uri)


@pytest.mark.enable_socket
def test_tars_come_over_http_without_anything_installed(site, tmp_path):
    for number in range(2):
        tar_shard(tmp_path / "site" / f"{number}.tar", 1, first=number)
    source = open_source(f"{site}/{{0..1}}.tar")
    first, second = source.shards()

    assert keys(source) == ["000000000", "000000001"]
    assert first.fingerprint() == first.fingerprint()
    assert first.name == "0.tar"
    (tmp_path / "site" / "1.tar").unlink()
    with pytest.raises(SourceError, match=r"cannot ask for .*1\.tar: .*404"):
        second.fingerprint()
    with pytest.raises(SourceError, match=r"cannot bring .*1\.tar here: .*404"):
        second.open().__enter__()


@pytest.mark.enable_socket
def test_a_picture_that_can_t_be_fetched_costs_itself(
    site, tmp_path, monkeypatch, spool
):
    monkeypatch.setattr(remote, "MAX_FILE_BYTES", 100_000)
    files = {name: data for name, data in pairs(1) if name.endswith(".jpg")}
    files |= {"big.jpg": bytes(100_001), "noai.jpg": jpeg(), "x.png": jpeg()}
    folder(tmp_path / "site", files)
    names = ["000000000.jpg", "no.jpg", "big.jpg", "noai.jpg", "broken.jpg"]
    names += ["x.png?a=1"]
    rows = [f"{site}/{name},caption" for name in names]
    rows.insert(2, "http://127.0.0.1:1/x.jpg,caption")
    text = "\n".join(["url,caption", *rows])
    path = folder(tmp_path, {"t.csv": text.encode()}) / "t.csv"
    [shard] = open_source(str(path), columns=Columns(image="url")).shards()

    with shard.open() as found:
        told = [(p.fault.reason, p.fault.detail) for p in found if p.fault]
        good = [(p.key, p.image.extension, p.image.read()) for p in found if p.image]

    assert {reason for reason, _ in told} == {"image_unavailable"}
    assert [detail.removeprefix("it can't be fetched: ") for _, detail in told] == [
        "HTTP Error 404: File not found",
        "[Errno 111] Connection refused",
        "it has more than 100000 bytes",
        "its server says noai",
        "its server broke off 990 bytes before the end",
    ]
    assert good == [
        (f"{site}/000000000.jpg", ".jpg", jpeg(0)),
        (f"{site}/x.png?a=1", ".jpg", jpeg()),
    ]
    assert list(spool.iterdir()) == []


@pytest.mark.enable_socket
def test_a_picture_that_trickles_in_is_not_waited_for(site, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "SECONDS", 1.0)
    (tmp_path / "t.csv").write_text(f"image_name,caption\n{site}/slow.jpg,one\n")

    [said] = told(open_source(str(tmp_path / "t.csv")))

    assert said.removeprefix("it can't be fetched: ") in {
        "it took longer than 1 s",
        "timed out",  # on a machine so busy that the server is silent for as long
    }


def told(source):
    """The fault of each pair."""
    [shard] = source.shards()
    with shard.open() as found:
        return [pair.fault and pair.fault.detail for pair in found]


@pytest.mark.parametrize(
    "cell",
    [
        "local:///etc/hostname",
        "memory://elsewhere/1.jpg",
        "simplecache::file:///etc/hostname",
        "s3://bucket::file:///etc/hostname",
        "sftp://intranet/1.jpg",
    ],
)
def test_a_table_names_no_file_system_of_this_machine_or_its_neighbours(tmp_path, cell):
    (tmp_path / "t.csv").write_text(f"image_name,caption\n{cell},one\n")

    assert told(open_source(str(tmp_path / "t.csv"))) == [f"no table may name {cell}"]


@pytest.mark.enable_socket
def test_a_table_from_elsewhere_sends_nobody_to_private_machines(bucket, site):
    text = f"image_name,caption\n{site}/1.jpg,one\n"
    fsspec.filesystem("memory").pipe(f"{bucket}/t.csv", text.encode())

    assert told(open_source(f"{bucket}/t.csv")) == [
        "it can't be fetched: 127.0.0.1 is no address on the public web"
    ]


@pytest.mark.enable_socket
def test_the_pictures_of_a_table_may_be_where_it_is(site, tmp_path):
    files = {"t.csv": f"image_name,caption\n{site}/1.jpg,one\n2.jpg,two\n".encode()}
    folder(tmp_path / "site", {**files, "1.jpg": jpeg(1), "2.jpg": jpeg(2)})

    assert told(open_source(f"{site}/t.csv")) == [None, None]


@pytest.mark.enable_socket
def test_nobody_is_sent_on_and_on(site, tmp_path):
    (tmp_path / "t.csv").write_text(f"image_name,caption\n{site}/round,one\n")

    [said] = told(open_source(str(tmp_path / "t.csv")))

    assert "redirect" in said


class Line:
    """A connection to an *address*, until it is closed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.closed = False

    def getpeername(self):
        return self.address, 80

    def close(self):
        self.closed = True


@pytest.mark.parametrize(
    ("address", "local", "remote"),
    [
        ("93.184.216.34", False, False),
        ("127.0.0.1", False, True),
        ("10.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:192.168.0.1", False, True),
        ("169.254.169.254", True, True),
        ("::ffff:169.254.169.254", True, True),
        ("fe80::1%eth0", True, True),
    ],
)
def test_who_answers_decides_whether_it_is_asked(address, local, remote):
    closed = []
    for public in (False, True):
        line = Line(address)
        with suppress(OSError):
            AllowedHosts(public=public).check(cast("socket.socket", line))
        closed.append(line.closed)

    assert closed == [local, remote]
