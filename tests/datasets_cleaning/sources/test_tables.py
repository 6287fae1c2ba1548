import base64
import json
import os
import pickle
import re
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets_cleaning.errors import SourceError
from datasets_cleaning.protocols import SourceFormat
from datasets_cleaning.reasons import FAULTS
from datasets_cleaning.sources import Columns, open_source, tables
from datasets_cleaning.sources.rows import HEAVY_ROWS
from datasets_cleaning.sources.tables import TableShard
from tests.datasets_cleaning.specimens import folder, jpeg, png


def read(uri, *, images=True, **columns):
    """Every pair, with its picture read, and the sizes of the shards."""
    source = open_source(str(uri), columns=Columns(**columns), images=images)
    found = []
    for shard in source.shards():
        with shard.open() as pairs:
            found += [(pair, pair.image and pair.image.read()) for pair in pairs]
    return found


def told(found):
    assert {pair.fault.reason for pair, _ in found if pair.fault} <= set(FAULTS)
    return [
        (pair.key, pair.caption, pair.fault and pair.fault.reason) for pair, _ in found
    ]


def csv(root, text, files=()):
    path = folder(root, dict(files)) / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_kandinskys_csv_is_read_with_paths_from_where_it_lies(tmp_path):
    text = (
        f'image_name,caption\na/1.jpg,"a ""lake"",\nby night"\n{tmp_path}/2.png,дом\n'
    )
    path = csv(tmp_path, text, {"a/1.jpg": b"J", "2.png": b"P"})

    found = read(path)

    assert told(found) == [
        ("a/1.jpg", 'a "lake",\nby night', None),
        (f"{tmp_path}/2.png", "дом", None),
    ]
    assert [image for _, image in found] == [b"J", b"P"]
    [first, second] = [pair.image.name for pair, _ in found]
    assert first == "a/1.jpg"
    assert re.fullmatch(r"elsewhere/[0-9a-f]{32}\.png", second)
    assert [pair.image.extension for pair, _ in found] == [".jpg", ".png"]
    assert open_source(str(path)).source_format == SourceFormat.TABLE


def test_a_mark_in_front_and_other_columns_do_no_harm(tmp_path):
    text = b"\xef\xbb\xbfcaption,n,image_name\r\none,1,1.jpg\r\n\r\n"

    assert told(read(csv(tmp_path, text, {"1.jpg": b"J"}))) == [("1.jpg", "one", None)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("nowhere.jpg,one", "image_missing"),
        (",one", "image_missing"),
        (".,one", "structure:not_a_file"),
        ("pipe.jpg,one", "structure:not_a_file"),
        ("a\tb.jpg,one", "structure:unsafe_name"),
        (f"{'x' * 300}.jpg,one", "image_unavailable"),
        ("1.jpg,one,two", "structure:damaged"),
        ("1.jpg", "structure:damaged"),
        ('1.jpg,"on"e', "structure:damaged"),
        ("1.jpg,\udccf", "caption_unreadable"),
        ("huge.jpg,one", "structure:too_large"),
        ("http://[,one", "image_unavailable"),
        ("nosuch://1.jpg,one", "image_unavailable"),
    ],
)
def test_a_bad_row_costs_itself(tmp_path, row, reason):
    text = f"image_name,caption\n1.jpg,before\n{row}\n1.jpg,after\n"
    path = csv(tmp_path, text.encode("utf-8", "surrogateescape"), {"1.jpg": b"J"})
    os.mkfifo(tmp_path / "pipe.jpg")
    with (tmp_path / "huge.jpg").open("wb") as huge:
        huge.truncate(10 * 2**30)

    before, (_, _, found), after = told(read(path))

    assert before == ("1.jpg", "before", None)
    assert found == reason
    assert after == ("1.jpg", "after", None)


def test_a_quotation_mark_that_never_ends_is_told_and_not_passed_over(tmp_path):
    rows = "".join(f"1.jpg,caption {number}\n" for number in range(9))
    text = f'image_name,caption\n1.jpg,one\n1.jpg,"two\n{rows}'

    good, (_, _, reason) = told(read(csv(tmp_path, text, {"1.jpg": b"J"})))

    assert good == ("1.jpg", "one", None)
    assert reason == "structure:damaged"


def test_json_lines_hold_paths_or_data_urls(tmp_path):
    data = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    rows = [
        {"image": "1.jpg", "text": "one", "id": 7},
        {"image": data, "text": "two", "id": ""},
        {"image": "1.jpg", "text": 3},
        {"text": "no picture"},
        {"image": "1.jpg", "text": "\ud800"},
        {"image": "1.jpg"},
        {"image": 5, "text": "five"},
        {"image": ["1.jpg"], "text": ["six"], "id": [1]},
    ]
    lines = [*map(json.dumps, rows), "{", "[]", "", json.dumps(rows[0])]
    path = folder(tmp_path, {"1.jpg": b"J"}) / "list.jsonl"
    path.write_text("\n".join(lines), "utf-8")

    found = read(path, image="image", caption="text", key="id")

    assert told(found) == [
        ("7", "one", None),
        ("000000001", "two", None),
        ("1.jpg", None, "caption_unreadable"),
        ("000000003", "no picture", "image_missing"),
        ("1.jpg", None, "caption_unreadable"),
        ("1.jpg", None, "caption_missing"),
        ("000000006", "five", "image_unavailable"),
        ("[1]", None, "image_unavailable"),
        ("000000008", None, "structure:damaged"),
        ("000000009", None, "structure:damaged"),
        ("7", "one", None),
    ]
    assert [image for _, image in found[:2]] == [b"J", png()]
    assert found[1][0].image.extension == ".png"


@pytest.mark.parametrize(
    "kind",
    [
        pa.binary(),
        pa.large_binary(),
        pa.struct({"bytes": pa.binary(), "path": pa.string()}),
    ],
)
def test_parquet_holds_the_bytes_themselves(tmp_path, kind):
    array: list[Any] = [jpeg(), png(), None, b"?"]
    if pa.types.is_struct(kind):
        array = [cell and {"bytes": cell, "path": "x"} for cell in array]
    columns = {
        "image": pa.array(array, kind),
        "caption": ["one", "two", "three", None],
        "id": ["a/b", "../c", "d", "e"],
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")

    found = read(tmp_path / "t.parquet", image="image", key="id")

    assert told(found) == [
        ("a/b", "one", None),
        ("../c", "two", None),
        ("d", "three", "image_missing"),
        ("e", None, "caption_missing"),
    ]
    assert [image for _, image in found] == [jpeg(), png(), None, b"?"]
    names = [pair.image and pair.image.name for pair, _ in found]
    assert names == ["t/000000000.jpg", "t/000000001.png", None, "t/000000003"]


@pytest.mark.parametrize("groups", [100, 700, 10_000])
def test_every_row_of_a_parquet_is_in_one_shard(tmp_path, groups):
    n = 2 * HEAVY_ROWS + 345
    columns = {"id": list(range(n)), "image": [b"x"] * n, "caption": ["c"] * n}
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=groups)
    source = open_source(str(path), columns=Columns(image="image", key="id"))

    shards = pickle.loads(pickle.dumps(source.shards()))  # noqa: S301

    keys: list[str] = []
    for shard in reversed(shards):
        with shard.open() as pairs:
            keys = [pair.key for pair in pairs] + keys
    assert keys == [str(number) for number in range(n)]
    assert [(shard.number, shard.name) for shard in shards] == [
        (0, "t-00000"),
        (1, "t-00001"),
        (2, "t-00002"),
    ]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=9)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=25,
)
@given(
    rows=st.lists(st.tuples(CELLS, st.sampled_from(["", "\n", ",", '"'])), max_size=30)
)
def test_every_row_of_a_text_is_in_one_shard(tmp_path, monkeypatch, suffix, rows):
    monkeypatch.setattr(tables, "ROWS", 4)
    monkeypatch.setattr(tables, "HEAVY_ROWS", 2)
    captions = [cell + more for cell, more in rows]
    path = tmp_path / f"t{suffix}"
    if suffix == ".csv":
        quoted = [caption.replace('"', '""') for caption in captions]
        lines = ["image_name,caption", *(f'x.jpg,"{text}"' for text in quoted)]
    else:
        first = [{"image_name": "x.jpg", "caption": text} for text in captions]
        lines = [json.dumps(row, ensure_ascii=False) for row in first]
    path.write_bytes("\n".join(lines).encode())
    if not rows and suffix == ".jsonl":
        return

    shards = open_source(str(path), images=False).shards()

    found = []
    for shard in shards:
        with shard.open() as pairs:
            found += [pair.caption for pair in pairs]
    assert found == captions
    assert len(shards) == -(-len(rows) // 4)


def test_a_folder_of_tables_is_one_source(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.csv").write_text(f"image_name,caption\n{name}.jpg,one\n")

    found = read(tmp_path, images=False)

    assert told(found) == [("a.jpg", "one", None), ("b.jpg", "one", None)]
    names = [shard.name for shard in open_source(str(tmp_path)).shards()]
    assert names == ["a-00000", "b-00000"]


def test_equal_names_beside_tables_in_several_folders_stay_apart(tmp_path):
    for part in ("a", "b"):
        text = "image_name,caption\n1.jpg,one\n"
        csv(tmp_path / part, text, {"1.jpg": part.encode()})

    found = read(tmp_path / "*" / "list.csv")

    assert [(pair.image.name, image) for pair, image in found] == [
        ("a/1.jpg", b"a"),
        ("b/1.jpg", b"b"),
    ]


def test_captions_can_be_read_before_any_picture_is(tmp_path):
    text = "image_name,caption\nhttp://127.0.0.1:1/x.jpg,one\n1.jpg,two\n,three\n"
    path = csv(tmp_path, text)

    found = read(path, images=False)

    assert told(found) == [
        ("http://127.0.0.1:1/x.jpg", "one", None),
        ("1.jpg", "two", None),
        ("000000002", "three", "image_missing"),
    ]
    assert [pair.image for pair, _ in found] == [None, None, None]


def test_only_the_pictures_that_are_asked_for_are_opened(tmp_path):
    path = csv(tmp_path, "image_name,caption\nno.jpg,one\n1.jpg,two\n", {"1.jpg": b"J"})
    [shard] = open_source(str(path)).shards()

    assert isinstance(shard, TableShard)
    with shard.open(images={1}) as pairs:
        assert [(p.image is not None, p.fault) for p in pairs] == [
            (False, None),
            (True, None),
        ]


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("t.csv", b"path,text\n1,2\n", "no column 'image_name'.* read 'path', 'text'"),
        ("t.csv", b"", "no column 'image_name'"),
        (
            "t.csv",
            "image_name,caption\n".encode("utf-16"),
            "no column 'image_name'; as UTF-8",
        ),
        ("t.csv", b'"image_name,caption\n', "no heading"),
        ("t.jsonl", b"[1]\n", "no JSON object"),
        ("t.jsonl", b"", "no JSON object"),
        ("t.parquet", b"no parquet", "no Parquet"),
    ],
)
def test_what_is_no_such_table_is_refused_in_a_sentence(tmp_path, name, data, problem):
    (tmp_path / name).write_bytes(data)

    with pytest.raises(
        SourceError, match=f"cannot read .*{re.escape(name)}: .*{problem}"
    ):
        open_source(str(tmp_path / name)).shards()


def test_a_fingerprint_changes_with_the_table_and_with_its_pictures(tmp_path):
    text = "image_name,caption\n1.jpg,one\n"
    path = csv(tmp_path, text, {"1.jpg": b"J"})
    [shard] = open_source(str(path)).shards()
    [blind] = open_source(str(path), images=False).shards()
    first, bare = shard.fingerprint(), blind.fingerprint()

    (tmp_path / "1.jpg").write_bytes(b"JJ")

    second = shard.fingerprint()
    assert second == shard.fingerprint() != first
    assert blind.fingerprint() == bare != first
    path.write_text(text + "2.jpg,two\n")
    assert shard.fingerprint() not in {first, second}
