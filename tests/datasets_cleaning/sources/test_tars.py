import struct
import tarfile
from io import BytesIO

import pytest
import webdataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets_cleaning.errors import SourceError
from datasets_cleaning.record import FAULTS, LARGEST
from datasets_cleaning.sources import Columns, open_source
from datasets_cleaning.sources.walker import walk
from tests.datasets_cleaning.specimens import jpeg, tar, tar_shard

PAIRS = [("1.png", b"P" * 600), ("1.txt", b"one"), ("2.png", b"Q"), ("2.txt", b"two")]
DAMAGES = {"structure:cut_short", "structure:damaged", "structure:trailing_data"}


def read(path, **columns):
    """Every pair of a tar, with its picture read."""
    [shard] = open_source(str(path), columns=Columns(**columns)).shards()
    with shard.open() as pairs:
        return [(pair, pair.image and pair.image.read()) for pair in pairs]


def faults(path, **columns):
    found = {p.key: p.fault and p.fault.reason for p, _ in read(path, **columns)}
    assert set(found.values()) <= {None, *FAULTS}
    return found


def special(path, kind, *, name="1.png", size=0, link=""):
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, size, link
    with tarfile.open(path, "w") as file:
        file.addfile(member, BytesIO(bytes(size)))
    return path


def test_pairs_are_found_wherever_their_members_stand(tmp_path):
    apart = [PAIRS[0], PAIRS[2], PAIRS[1], PAIRS[3]]

    found = read(tar(tmp_path / "s.tar", apart))

    assert [(p.index, p.key, p.caption, p.fault) for p, _ in found] == [
        (0, "1", "one", None),
        (1, "2", "two", None),
    ]
    assert [image for _, image in found] == [b"P" * 600, b"Q"]


def test_names_with_dots_are_not_merged(tmp_path):
    names = ["a.b.jpg", "a.c.jpg", "a.b.txt", "a.c.txt", "v1.2/x.jpg", "v1.2/x.txt"]

    found = faults(tar(tmp_path / "s.tar", [(name, b"?") for name in names]))

    assert found == {"a.b": None, "a.c": None, "v1.2/x": None}


def test_the_text_and_the_json_file_travel_along(tmp_path):
    path = tar(tmp_path / "s.tar", [*PAIRS[:2], ("1.json", b"{}")])
    [shard] = open_source(str(path)).shards()

    with shard.open() as [pair]:
        files = {blob.name: blob.read() for blob in pair.companions}

    assert pair.fault is None
    assert files == {"1.txt": b"one", "1.json": b"{}"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("1.png", "structure:duplicate_member"),
        ("./1.png", "structure:duplicate_member"),
        ("1.jpg", "structure:several_images"),
        ("1.TXT", "structure:several_captions"),
        ("1.pkl", "structure:unknown_member"),
        ("1.pyd", "structure:unknown_member"),
        ("1", "structure:unknown_member"),
    ],
)
def test_a_key_with_strange_members_is_at_fault_as_a_whole(tmp_path, name, reason):
    path = tar(tmp_path / "s.tar", [*PAIRS, (name, b"cos\nsystem\n(S'false'\ntR.")])

    assert faults(path) == {"1": reason, "2": None}


@pytest.mark.parametrize(
    ("names", "reason"),
    [(["1.txt"], "image_missing"), (["1.png"], "caption_missing")],
)
def test_half_a_pair_says_which_half_is_missing(tmp_path, names, reason):
    assert faults(tar(tmp_path / "s.tar", [(name, b"?") for name in names])) == {
        "1": reason
    }


@pytest.mark.parametrize(
    "name",
    [
        "../../1.png",
        "/etc/1.png",
        "a/../../1.png",
        "..",
        "a\\1.png",
        "1.p\nng",
        "\xff" * 200,
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_a_fault(tmp_path, name):
    found = faults(tar(tmp_path / "s.tar", [(name, b"P"), *PAIRS[2:]]))

    [(bad, reason), good] = found.items()
    assert bad.isprintable()
    assert reason == "structure:unsafe_name"
    assert good == ("2", None)


def test_a_name_that_is_no_utf8_is_a_fault(tmp_path):
    path = tmp_path / "s.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as file:
        file.addfile(tarfile.TarInfo("\udcff.png"))

    assert faults(path) == {"\\udcff.png": "structure:unsafe_name"}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "structure:link"),
        (tarfile.LNKTYPE, "structure:link"),
        (tarfile.CHRTYPE, "structure:not_a_file"),
        (tarfile.BLKTYPE, "structure:not_a_file"),
        (tarfile.FIFOTYPE, "structure:not_a_file"),
        (tarfile.GNUTYPE_SPARSE, "structure:not_a_file"),
        (b"Z", "structure:not_a_file"),
    ],
)
def test_links_and_devices_are_faults_and_never_followed(tmp_path, kind, reason):
    [(pair, _)] = read(special(tmp_path / "s.tar", kind, link="/etc/passwd"))

    assert pair.fault
    assert pair.fault.reason == reason
    assert pair.image is None


@pytest.mark.parametrize(
    "style", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
)
def test_every_style_of_long_names_is_understood(tmp_path, style):
    names = [f"{'folder/' * 14}{kind}.jpg" for kind in ("a", "b" * 60)]
    if style != tarfile.USTAR_FORMAT:
        names += ["снимок.jpg", f"{'long/' * 60}я.jpg"]
    with tarfile.open(tmp_path / "s.tar", "w", format=style) as file:
        for name in names:
            file.addfile(tarfile.TarInfo(name))

    found = [pair.image and pair.image.name for pair, _ in read(tmp_path / "s.tar")]

    assert found == names


def test_folders_and_a_leading_dot_are_no_faults(tmp_path):
    path = special(tmp_path / "s.tar", tarfile.DIRTYPE, name="./train")
    with tarfile.open(path, "a") as file:
        for name in ("./train/1.txt", "./train/1.jpg"):
            file.addfile(tarfile.TarInfo(name))

    assert faults(path) == {"train/1": None}


def test_a_sample_of_10_gb_is_never_read(tmp_path):
    path, size = tmp_path / "s.tar", 10 * 2**30
    huge = tarfile.TarInfo("1.jpg")
    huge.size = size
    rest = tar(tmp_path / "rest.tar", PAIRS[2:]).read_bytes()
    with path.open("wb") as file:  # a file with a hole: it takes no room
        file.write(huge.tobuf(tarfile.GNU_FORMAT))
        file.seek(size, 1)
        file.write(rest)

    [(big, image), (good, _)] = read(path)

    assert big.fault
    assert big.fault.reason == "structure:too_large"
    assert str(size) in big.fault.detail
    assert image is None
    assert (good.key, good.fault) == ("2", None)
    assert size > LARGEST


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


@pytest.mark.parametrize(
    "data", [b"", b"no tar at all", b"x" * 2000, struct.pack(">512B", *[255] * 512)]
)
def test_what_is_no_tar_is_refused_by_its_name(tmp_path, data):
    (tmp_path / "s.tar").write_bytes(data)

    with pytest.raises(SourceError, match=r"s\.tar is no uncompressed tar"):
        read(tmp_path / "s.tar")


def test_a_compressed_tar_is_refused(tmp_path):
    with tarfile.open(tmp_path / "s.tar", "w:gz") as file:
        file.addfile(tarfile.TarInfo("1.png"))

    with pytest.raises(SourceError, match="no uncompressed tar"):
        read(tmp_path / "s.tar")


def test_an_empty_tar_has_no_pairs(tmp_path):
    assert faults(tar(tmp_path / "s.tar", [])) == {}


def test_a_picture_can_t_be_read_any_more_when_the_shard_is_closed(tmp_path):
    [shard] = open_source(str(tar_shard(tmp_path / "s.tar", 1))).shards()
    with shard.open() as pairs:
        image = pairs[0].image

    assert image
    with pytest.raises(SourceError, match=r"cannot read .*s\.tar"):
        image.read()


def test_a_tar_that_is_cut_while_it_is_read_is_noticed(tmp_path):
    path = tar_shard(tmp_path / "s.tar", 3)
    [shard] = open_source(str(path)).shards()

    with shard.open() as pairs:
        path.write_bytes(path.read_bytes()[:600])

        image = pairs[2].image
        assert image
        with pytest.raises(SourceError, match="cut short while it was read"):
            image.read()


def test_captions_stand_in_json_when_asked_for(tmp_path):
    members = [
        ("1.jpg", b"J"),
        ("1.json", b'{"caption": "one", "prompt": 7}'),
        ("1.txt", b"another"),
    ]
    path = tar(tmp_path / "s.tar", members)

    [(pair, _)] = read(path, caption="json:caption")

    assert (pair.caption, pair.fault) == ("one", None)
    assert faults(path, caption="json:title") == {"1": "caption_missing"}
    assert faults(path, caption="json:prompt") == {"1": "caption_unreadable"}


@pytest.mark.parametrize("data", [b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_json_that_is_none_costs_its_pair(tmp_path, data):
    path = tar(tmp_path / "s.tar", [("1.jpg", b"J"), ("1.json", data)])

    assert faults(path, caption="json:caption") == {"1": "caption_unreadable"}


@pytest.mark.parametrize(
    "columns", [{"caption": "txt"}, {"caption": "json:"}, {"key": "id"}]
)
def test_columns_make_no_sense_in_a_tar(tmp_path, columns):
    with pytest.raises(SourceError, match="tars and folders"):
        read(tar_shard(tmp_path / "s.tar", 1), **columns)


@pytest.mark.parametrize(
    "encoding",
    [
        "cp1251",
        "koi8-r",
        "cp866",
        "iso8859-5",
        "mac-cyrillic",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "iso2022_jp_ext",
        "shift_jis",
        "gb18030",
    ],
)
def test_a_caption_in_another_encoding_is_refused_and_not_shown(tmp_path, encoding):
    text = "дом у озера" if "jp" not in encoding else "ドム"
    path = tar(tmp_path / "s.tar", [("1.jpg", b"J"), ("1.txt", text.encode(encoding))])

    [(pair, _)] = read(path)

    assert pair.caption is None
    assert pair.fault
    assert pair.fault.reason == "caption_unreadable"
    assert "1.txt is no UTF-8 text (" in pair.fault.detail
    assert "save captions as UTF-8" in pair.fault.detail


@pytest.mark.parametrize("text", ["дом", "a\tb\r\nc\n", "", "😀"])
def test_utf8_is_taken_as_it_stands_without_its_mark(tmp_path, text):
    path = tar(
        tmp_path / "s.tar", [("1.jpg", b"J"), ("1.txt", text.encode("utf-8-sig"))]
    )

    [(pair, _)] = read(path)

    assert (pair.caption, pair.fault) == (text, None)


def test_a_caption_of_a_gigabyte_is_not_read(tmp_path):
    path = tar(tmp_path / "s.tar", [("1.jpg", b"J"), ("1.txt", b"x" * (2**20 + 1))])

    assert faults(path) == {"1": "structure:too_large"}


def test_what_webdataset_writes_is_read(tmp_path):
    path = tmp_path / "s.tar"
    with webdataset.TarWriter(str(path)) as writer:
        for number in range(3):
            sample = {"jpg": jpeg(number), "txt": f"thing {number}", "json": {"n": 1}}
            writer.write({"__key__": f"a/{number:05d}", **sample})

    found = read(path)

    assert [(p.key, p.caption, p.fault) for p, _ in found] == [
        (f"a/{number:05d}", f"thing {number}", None) for number in range(3)
    ]
    assert [image for _, image in found] == [jpeg(number) for number in range(3)]


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
