import csv
import io
import tarfile

import numpy as np
import pytest
from PIL import Image, ImageStat

from generation.errors import DataError
from generation.training.image_dataset import load_csv, load_webdataset

RANDOM = np.random.default_rng(1)


def jpeg(colour="red", size=(40, 20)):
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "JPEG")
    return stream.getvalue()


def write_table(folder, rows, header=("image_name", "caption")):
    with (folder / "data.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return folder / "data.csv"


def write_tar(path, members):
    with tarfile.open(path, "w") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def test_a_table_is_pictures_beside_it(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg("blue"))

    data = load_csv(write_table(tmp_path, [("a.jpg", " синий квадрат ")]))

    assert data.size == 1
    assert data.caption(0, RANDOM).text == "синий квадрат"
    picture = data.picture(0, (16, 16))
    assert picture.size == (16, 16)
    assert ImageStat.Stat(picture).mean[2] > 200


def test_all_problems_of_a_table_are_named_at_once(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg())

    with pytest.raises(DataError) as caught:
        load_csv(write_table(tmp_path, [("a.jpg", " "), ("none.jpg", "a cat")]))

    assert "line 2: the caption is empty" in str(caught.value)
    assert "line 3: no picture at" in str(caught.value)


def test_a_wrong_column_is_shown_beside_what_is_there(tmp_path):
    with pytest.raises(DataError, match=r"no column caption.* has image_name, text"):
        load_csv(write_table(tmp_path, [], ("image_name", "text")))


def test_a_picture_that_is_none_is_named_when_it_is_read(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    data = load_csv(write_table(tmp_path, [("a.jpg", "a cat")]))

    with pytest.raises(DataError, match=r"a\.jpg cannot be read"):
        data.picture(0, (8, 8))


def test_shards_are_read_where_their_members_lie(tmp_path):
    write_tar(tmp_path / "0.tar", [("x/1.jpg", jpeg("green")), ("x/1.txt", b"grass")])
    write_tar(tmp_path / "1.tar", [("2.txt", "небо".encode()), ("2.JPG", jpeg("blue"))])

    data = load_webdataset(tmp_path)

    assert [data.caption(i, RANDOM).text for i in range(data.size)] == ["grass", "небо"]
    assert ImageStat.Stat(data.picture(1, (8, 8))).mean[2] > 200


def test_half_a_pair_is_named(tmp_path):
    write_tar(tmp_path / "0.tar", [("1.jpg", jpeg()), ("2.txt", b"a cat")])

    with pytest.raises(DataError) as caught:
        load_webdataset(tmp_path)

    assert "1 has no caption" in str(caught.value)
    assert "2 has no picture" in str(caught.value)


def test_an_empty_folder_and_a_file_that_is_no_tar_say_so(tmp_path):
    with pytest.raises(DataError, match=r"no \.tar files"):
        load_webdataset(tmp_path)
    (tmp_path / "0.tar").write_bytes(b"x" * 2000)
    with pytest.raises(DataError, match="no uncompressed tar"):
        load_webdataset(tmp_path)


def test_only_the_same_caption_fits_another_picture(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg())
    rows = [("a.jpg", "a cat"), ("a.jpg", "a cat"), ("a.jpg", "a dog")]
    data = load_csv(write_table(tmp_path, rows))

    said = data.caption(0, RANDOM)

    assert [data.matches(said, i) for i in range(3)] == [True, True, False]
    assert data.partial_caption(0, RANDOM) == said
    assert data.hard_negative(said, 0, RANDOM) is None
