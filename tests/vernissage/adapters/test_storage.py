from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image

from vernissage.adapters.storage import FolderStorage


@pytest.fixture
def folder(tmp_path):
    return FolderStorage(tmp_path / "pictures")


@pytest.fixture
def picture():
    return Image.new("RGB", (8, 4), "teal")


def files(folder):
    return [path for path in folder.root.rglob("*") if path.is_file()]


def test_a_kept_picture_is_a_png_that_only_reviewers_see(folder, picture):
    key = folder.keep(uuid4(), picture)

    with Image.open(BytesIO(folder.quarantined(key)), formats=("PNG",)) as read:
        assert read.size == (8, 4)
        assert read.getpixel((0, 0)) == (0, 128, 128)
    assert folder.public(key) is None


def test_a_released_picture_is_public_and_a_withdrawn_one_no_longer(folder, picture):
    key = folder.keep(uuid4(), picture)
    png = folder.quarantined(key)

    for _ in range(2):
        folder.release(key)
        assert (folder.public(key), folder.quarantined(key)) == (png, None)
    for _ in range(2):
        folder.withdraw(key)
        assert (folder.public(key), folder.quarantined(key)) == (None, png)


def test_a_discarded_picture_is_gone(folder, picture):
    hidden, shown = (folder.keep(uuid4(), picture) for _ in range(2))
    folder.release(shown)

    for key in (hidden, shown, shown):
        folder.discard(key)

    assert files(folder) == []


def test_every_attempt_at_an_artwork_has_a_picture_of_its_own(folder, picture):
    artwork_id = uuid4()

    keys = {folder.keep(artwork_id, picture) for _ in range(3)}

    assert len(keys) == 3


def test_folders_are_fanned_out_by_the_id(folder, picture):
    artwork_id = uuid4()

    key = folder.keep(artwork_id, picture)

    [path] = files(folder)
    top, below = artwork_id.hex[:2], artwork_id.hex[2:4]
    assert path == folder.root / "quarantine" / top / below / key


def test_a_picture_that_cannot_be_written_leaves_nothing_behind(folder):
    with pytest.raises(OSError, match="cannot write mode"):
        folder.keep(uuid4(), Image.new("HSV", (2, 2)))

    assert files(folder) == []


def test_an_unknown_picture_is_not_there(folder):
    key = f"{uuid4().hex}-{uuid4().hex}.png"

    folder.release(key)
    folder.withdraw(key)

    assert folder.public(key) is None
    assert folder.quarantined(key) is None


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", "a.png", f"../{UUID(int=4).hex}.png", "0" * 69]
)
def test_what_is_no_key_opens_no_file(folder, key):
    with pytest.raises(ValueError, match="not the key"):
        folder.public(key)


def test_nothing_is_written_before_there_is_a_picture(tmp_path):
    FolderStorage(tmp_path / "pictures")

    assert list(Path(tmp_path).iterdir()) == []
