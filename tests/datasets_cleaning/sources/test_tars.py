import struct
import tarfile

import pytest
import webdataset

from datasets_cleaning.errors import SourceError
from datasets_cleaning.pair import MAX_FILE_BYTES
from datasets_cleaning.sources import open_source
from tests.datasets_cleaning.sources.tars import PAIRS, faults, read, special
from tests.datasets_cleaning.specimens import jpeg, tar, tar_shard


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
    assert size > MAX_FILE_BYTES


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
