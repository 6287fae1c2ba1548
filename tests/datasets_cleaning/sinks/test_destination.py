import pytest

from datasets_cleaning.errors import DestinationError
from datasets_cleaning.sinks.destination import prepare
from tests.datasets_cleaning.specimens import folder


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    prepare(tmp_path / "a" / "b", tmp_path / "source")

    assert (tmp_path / "a" / "b").is_dir()


def test_nothing_is_written_over(tmp_path):
    folder(tmp_path / "out", {"old.txt": b""})

    with pytest.raises(DestinationError, match="out is not empty"):
        prepare(tmp_path / "out", tmp_path / "source")


def test_the_results_do_not_go_into_the_source(tmp_path):
    (tmp_path / "source").mkdir()

    with pytest.raises(DestinationError, match="is inside the source"):
        prepare(tmp_path / "source" / "out", tmp_path / "source")

    assert not (tmp_path / "source" / "out").exists()


def test_a_link_into_the_source_does_not_help(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "source")

    with pytest.raises(DestinationError, match="is inside the source"):
        prepare(tmp_path / "out" / "new", tmp_path / "source")


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "out").write_bytes(b"")

    with pytest.raises(DestinationError, match=r"cannot write to .*out"):
        prepare(tmp_path / "out", tmp_path / "source")
