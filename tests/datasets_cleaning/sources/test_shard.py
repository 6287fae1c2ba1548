import tarfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets_cleaning.errors import SourceError
from datasets_cleaning.sources.shard import DAMAGES, Shard
from tests.datasets_cleaning.specimens import tar

PAIRS = [("1.png", b"P" * 600), ("1.txt", b"one"), ("2.png", b"Q"), ("2.txt", b"two")]


def faults(source):
    return {record.key: record.fault and record.fault.reason for record in source}


def test_pairs_are_found_wherever_their_members_stand(tmp_path):
    apart = [PAIRS[0], PAIRS[2], PAIRS[1], PAIRS[3]]

    source = Shard.read(tar(tmp_path / "s.tar", apart))

    assert faults(source) == {"1": None, "2": None}
    assert [record.caption for record in source] == ["one", "two"]
    pictures = [part.read() for record in source if (part := record.image_part)]
    assert pictures == [b"P" * 600, b"Q"]


def test_a_json_file_travels_along(tmp_path):
    [record] = Shard.read(tar(tmp_path / "s.tar", [*PAIRS[:2], ("1.json", b"{}")]))

    assert record.fault is None
    assert [part.name for part in record.parts] == ["1.png", "1.txt", "1.json"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("1.png", "structure:duplicate_member"),
        ("1.jpg", "structure:several_images"),
        ("1.pkl", "structure:unknown_member"),
        ("1.b.png", "structure:unknown_member"),
        ("1", "structure:unknown_member"),
    ],
)
def test_a_key_with_strange_members_is_at_fault_as_a_whole(tmp_path, name, reason):
    source = Shard.read(tar(tmp_path / "s.tar", [*PAIRS[:2], (name, b"?")]))

    assert faults(source) == {"1": reason}


@pytest.mark.parametrize(
    "name", ["../../1.png", "/etc/1.png", "a/../../1.png", "..", "a\\1.png", "1.p\nng"]
)
def test_a_name_that_leads_out_of_the_folder_is_a_fault(tmp_path, name):
    source = Shard.read(tar(tmp_path / "s.tar", [(name, b"P"), *PAIRS[2:]]))

    [bad, good] = source
    assert bad.fault
    assert bad.fault.reason == "structure:unsafe_name"
    assert bad.parts[0].name.startswith("faulty/")
    assert good.fault is None


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_are_faults_and_never_followed(tmp_path, kind):
    path = tmp_path / "s.tar"
    link = tarfile.TarInfo("1.png")
    link.type, link.linkname = kind, "/etc/passwd"
    with tarfile.open(path, "w") as file:
        file.addfile(link)

    [record] = Shard.read(path)

    assert record.fault
    assert record.fault.reason == "structure:link"
    assert record.parts == ()


def test_folders_and_a_leading_dot_are_no_faults(tmp_path):
    path = tmp_path / "s.tar"
    inner = tarfile.TarInfo("./train")
    inner.type = tarfile.DIRTYPE
    text = tarfile.TarInfo("./train/1.txt")
    text.size = 3
    with tarfile.open(path, "w") as file:
        file.addfile(inner)
        file.addfile(text, BytesIO(b"one"))

    assert faults(Shard.read(path)) == {"train/1": None}


@pytest.mark.parametrize("size", [513, 600, 1111, 1536, 1700, 2048, 3584])
def test_a_tar_cut_short_gives_one_clear_reason(tmp_path, size):
    path = tar(tmp_path / "s.tar", PAIRS)
    path.write_bytes(path.read_bytes()[:size])

    found = list(faults(Shard.read(path)).values())

    assert found.count("structure:cut_short") == 1
    assert set(found) <= {None, "structure:cut_short"}


def test_what_stands_before_the_cut_can_still_be_read(tmp_path):
    path = tar(tmp_path / "s.tar", PAIRS)
    path.write_bytes(path.read_bytes()[:2560])

    [whole, *torn] = Shard.read(path)

    assert (whole.key, whole.caption, whole.fault) == ("1", "one", None)
    assert [r.fault.detail for r in torn if r.fault] == [
        "no end mark at byte 2560, 0 bytes before the end of s.tar"
    ]


def test_a_damaged_header_is_told_from_a_cut(tmp_path):
    path = tar(tmp_path / "s.tar", PAIRS)
    data = bytearray(path.read_bytes())
    data[2560 + 148 : 2560 + 156] = b"damaged!"
    path.write_bytes(data)

    assert "structure:damaged" in faults(Shard.read(path)).values()


def test_a_tar_behind_the_tar_is_not_passed_over(tmp_path):
    path = tar(tmp_path / "s.tar", PAIRS[:2])
    path.write_bytes(path.read_bytes() * 2)

    assert list(faults(Shard.read(path)).values()) == [None, "structure:trailing_data"]


@pytest.mark.parametrize("data", [b"", b"no tar at all", b"x" * 2000])
def test_what_is_no_tar_is_refused_by_its_name(tmp_path, data):
    path = tmp_path / "s.tar"
    path.write_bytes(data)

    with pytest.raises(SourceError, match=r"s\.tar is no uncompressed tar"):
        Shard.read(path)


def test_a_compressed_tar_is_refused(tmp_path):
    with tarfile.open(tmp_path / "s.tar", "w:gz"):
        pass

    with pytest.raises(SourceError, match="no uncompressed tar"):
        Shard.read(tmp_path / "s.tar")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(size=st.integers(0, 10_239))
def test_wherever_a_tar_is_cut_every_byte_is_accounted_for(tmp_path, size):
    path = tar(tmp_path / "s.tar", PAIRS)
    whole = path.read_bytes()
    path.write_bytes(whole[:size])

    try:
        source = Shard.read(path)
    except SourceError:
        assert size < 512
        return

    reasons = {record.fault.reason for record in source if record.fault}
    ends_after_the_mark = size >= 4608 + 512
    assert reasons <= DAMAGES
    assert bool(reasons) is not ends_after_the_mark
