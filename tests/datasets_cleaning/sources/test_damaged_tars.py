import tarfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets_cleaning.errors import SourceError
from datasets_cleaning.sources import open_source
from datasets_cleaning.sources.tar_walker import walk
from tests.datasets_cleaning.sources.tars import PAIRS, faults, read, special
from tests.datasets_cleaning.specimens import tar, tar_shard

DAMAGES = {"structure:cut_short", "structure:damaged", "structure:trailing_data"}


def test_a_header_that_speaks_of_10_gb_which_are_not_there_is_a_cut(tmp_path):
    huge = tarfile.TarInfo("1.jpg")
    huge.size = 10 * 2**30
    (tmp_path / "s.tar").write_bytes(huge.tobuf(tarfile.PAX_FORMAT) + bytes(1024))

    assert faults(tmp_path / "s.tar") == {"1": "structure:cut_short"}


@pytest.mark.parametrize("size", [513, 600, 1111, 1536, 1700, 2048, 3584])
def test_a_tar_cut_short_gives_one_clear_reason(tmp_path, size):
    path = tar(tmp_path / "s.tar", PAIRS)
    path.write_bytes(path.read_bytes()[:size])

    found = list(faults(path).values())

    assert found.count("structure:cut_short") == 1


def test_what_stands_before_the_cut_can_still_be_read(tmp_path):
    path = tar(tmp_path / "s.tar", PAIRS)
    path.write_bytes(path.read_bytes()[:2560])

    [(whole, _), (torn, _)] = read(path)

    assert (whole.key, whole.caption, whole.fault) == ("1", "one", None)
    assert torn.key == "s.tar@2560"
    assert torn.fault
    assert torn.fault.detail == (
        "no end mark at byte 2560, 0 bytes before the end of the tar"
    )


def test_a_damaged_header_is_told_from_a_cut(tmp_path):
    path = tar(tmp_path / "s.tar", PAIRS)
    data = bytearray(path.read_bytes())
    data[2560] ^= 1  # one bit of a name: only the checksum can tell
    path.write_bytes(data)

    assert faults(path) == {"1": None, "s.tar@2560": "structure:damaged"}


@pytest.mark.parametrize(
    "data",
    [
        b"0 path=x\n",
        b"99 path=x\n",
        b"path=x\n",
        b"11 size=-1\n",
        b"12 path=1.pn",
        b"5011 size=" + b"9" * 5000 + b"\n",
    ],
)
def test_an_extended_header_without_sense_is_damage(tmp_path, data):
    pax = special(tmp_path / "x.tar", b"x", name="pax", size=len(data)).read_bytes()
    path = tmp_path / "s.tar"
    path.write_bytes(
        tar(path, PAIRS[:2]).read_bytes()[:2560]
        + pax[:512]
        + data
        + bytes(-len(data) % 512 + 1024)
    )

    assert faults(path) == {"1": None, "s.tar@2560": "structure:damaged"}


def test_a_name_for_all_that_follows_is_damage(tmp_path):
    headers = {"path": "1.png"}
    with tarfile.open(tmp_path / "s.tar", "w", pax_headers=headers) as file:
        file.addfile(tarfile.TarInfo("2.png"))

    with pytest.raises(SourceError, match="no sound long name"):
        faults(tmp_path / "s.tar")


def test_a_tar_behind_the_tar_is_not_passed_over(tmp_path):
    path = tar(tmp_path / "s.tar", PAIRS[:2])
    path.write_bytes(path.read_bytes() * 2)

    assert list(faults(path).values()) == [None, "structure:trailing_data"]


def test_a_tar_that_is_cut_while_it_is_read_is_noticed(tmp_path):
    path = tar_shard(tmp_path / "s.tar", 3)
    [shard] = open_source(str(path)).shards()

    with shard.open() as pairs:
        path.write_bytes(path.read_bytes()[:600])

        image = pairs[2].image
        assert image
        with pytest.raises(SourceError, match="cut short while it was read"):
            image.read()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=40,
)
@given(size=st.integers(0, 10_239))
def test_wherever_a_tar_is_cut_it_is_said(tmp_path, size):
    path = tar(tmp_path / "s.tar", PAIRS)
    path.write_bytes(path.read_bytes()[:size])

    try:
        reasons = set(faults(path).values())
    except SourceError:
        assert size < 512
        return

    ends_after_the_mark = size >= 4608 + 512
    assert bool(reasons & DAMAGES) is not ends_after_the_mark


FIELDS = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([b"00000001000\0", b"\x80\0\0\0\0\0\0\0\0\0\2\0", b"1_0\0"]),
)
HEADERS = st.tuples(st.binary(max_size=100), FIELDS, st.sampled_from(b"\x000125LKxgSZ"))


@settings(max_examples=150)
@given(st.lists(st.one_of(HEADERS, st.binary(max_size=600)), max_size=6))
def test_whatever_headers_say_the_walk_ends_and_stays_inside(blocks):
    data = b"".join(
        block.ljust(-(-len(block) // 512) * 512, b"\0")
        if isinstance(block, bytes)
        else header(*block)
        for block in blocks
    )

    found = list(walk(lambda place, size: data[place : place + size], len(data)))

    for member in found:
        assert member.fault or member.start + member.size <= len(data)


def header(name, size, kind):
    block = bytearray(name.ljust(124, b"\0")[:124] + size.ljust(12, b"\0"))
    block += bytes(12) + b" " * 8 + bytes([kind]) + bytes(100) + b"ustar\00000"
    block += bytes(512 - len(block))
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=50,
)
@given(place=st.integers(0, 4607), value=st.integers(0, 255))
def test_no_byte_that_changes_breaks_the_walk_or_hides_a_pair(tmp_path, place, value):
    path = tar(tmp_path / "s.tar", PAIRS)
    data = bytearray(path.read_bytes())
    data[place] = value
    path.write_bytes(data)

    try:
        found = faults(path)
    except SourceError:
        assert place < 512
        return

    assert found.keys() == {"1", "2"} or set(found.values()) & DAMAGES
