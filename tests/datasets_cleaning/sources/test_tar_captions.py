import pytest

from datasets_cleaning.errors import SourceError
from tests.datasets_cleaning.sources.tars import faults, read
from tests.datasets_cleaning.specimens import tar, tar_shard


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
