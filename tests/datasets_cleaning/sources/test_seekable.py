import os

import pytest

from datasets_cleaning.errors import SourceError
from datasets_cleaning.sources import open_source
from datasets_cleaning.sources.seekable import seekable
from tests.datasets_cleaning.specimens import folder

pytestmark = pytest.mark.usefixtures("spool")


def captions_of(source):
    found = []
    for shard in source.shards():
        with shard.open() as open_url:
            found += [pair.caption for pair in open_url]
    return found


@pytest.mark.enable_socket
def test_a_table_comes_from_the_web_once_until_it_changes(site, server, tmp_path):
    rows = "".join(f"{place}.jpg,one\n" for place in range(2500))
    folder(tmp_path / "site", {"t.csv": f"image_name,caption\n{rows}".encode()})
    table = tmp_path / "site/t.csv"
    source = open_source(f"{site}/t.csv", images=False)

    before = captions_of(source)
    asked_before = list(server.asked)
    table.write_text(table.read_text().replace("one", "two"))
    os.utime(table, (0, 0))
    after = captions_of(source)

    assert (before, after) == (["one"] * 2500, ["two"] * 2500)
    assert asked_before == ["/t.csv"]
    assert server.asked == ["/t.csv"] * 2


@pytest.mark.enable_socket
def test_a_table_from_the_web_has_no_name_on_this_disk(site, tmp_path, spool):
    """So that a worker that is killed leaves nothing."""
    folder(tmp_path / "site", {"t.csv": b"image_name,caption\n1.jpg,one\n"})

    source = open_source(f"{site}/t.csv", images=False)

    assert captions_of(source) == ["one"]
    assert list(spool.iterdir()) == []


@pytest.mark.enable_socket
def test_who_reads_a_table_from_the_web_keeps_place_and_file(site, tmp_path):
    folder(tmp_path / "site", {"t.csv": b"first", "other.csv": b"other"})

    with seekable(f"{site}/t.csv") as one, seekable(f"{site}/t.csv") as other:
        one.seek(-2, os.SEEK_END)
        with seekable(f"{site}/other.csv") as newer:
            assert (one.read(), other.read()) == (b"st", b"first")
            assert newer.read() == b"other"


@pytest.mark.enable_socket
def test_a_url_that_is_signed_for_sending_alone_is_read(site, server, tmp_path):
    folder(tmp_path / "site", {"signed.csv": b"image_name,caption\n1.jpg,one\n"})
    source = open_source(f"{site}/signed.csv", images=False)

    assert captions_of(source) == ["one"]
    assert "/signed.csv" in server.asked
    (tmp_path / "site/signed.csv").unlink()
    with pytest.raises(SourceError, match=r"cannot ask for .*signed.csv: .*404"):
        source.shards()[0].fingerprint()


@pytest.mark.enable_socket
@pytest.mark.parametrize("name", ["broken.csv", "torn.csv"])
def test_half_a_table_is_none(name, site, tmp_path):
    folder(tmp_path / "site", {name: b"image_name,caption\n1.jpg,one\n"})

    with pytest.raises(SourceError, match=f"cannot bring .*{name} here: "):
        open_source(f"{site}/{name}", images=False).shards()
