import json
import os
from errno import EFBIG, ENOSPC

import pytest

from datasets_cleaning.destination import UNFINISHED, atomic_write, digest
from datasets_cleaning.errors import DestinationError, FullError
from datasets_cleaning.protocols import Task
from datasets_cleaning.summary import DONE, NOTHING, PARTLY
from tests.datasets_cleaning.jobs import cleaned, tree
from tests.datasets_cleaning.specimens import no_room_beyond
from tests.datasets_cleaning.toys import shards

CAPTIONS = (
    ("fine",),
    ("fine", "bad", "doubtful", "fine=0", "fine", "broken"),
    ("fine=1", "fine", "bad"),
)


@pytest.fixture
def source(tmp_path):
    return shards(tmp_path / "in", CAPTIONS)


@pytest.fixture
def undisturbed(source, tmp_path):
    cleaned(source, tmp_path / "undisturbed")
    return tree(tmp_path / "undisturbed")


@pytest.fixture
def sizes(undisturbed):
    """Numbers at each of which another file finds no room."""
    return sorted({len(data) - 1 for data in undisturbed.values()})


def ended(source, out, size, tasks_run=None):
    """The exit code and the words of a run whose files can't grow beyond *size*."""
    with no_room_beyond(size):
        try:
            summary = cleaned(source, out, tasks_run=tasks_run)
        except FullError as error:
            return NOTHING, str(error)
    return summary.exit_code, summary.stopped


def manifests(out):
    return [
        json.loads(path.read_text("utf-8"))
        for path in [*out.glob("judged/*"), *out.glob("written/*.json")]
    ]


def test_a_full_disk_ends_a_run_with_one_sentence(source, tmp_path, sizes):
    for size in sizes:
        out = tmp_path / str(size)

        code, said = ended(source, out, size)

        assert code == (PARTLY if any(out.glob("judged/*")) else NOTHING)
        assert said.startswith(f"no room for {out}/")
        assert said.endswith(os.strerror(EFBIG))


def test_every_phase_may_be_what_finds_no_room(source, tmp_path, sizes):
    words = {ended(source, tmp_path / str(size), size)[1] for size in sizes}

    found = {
        word.split()[3].removeprefix(f"{tmp_path}/").split("/")[1] for word in words
    }
    assert {"job.json:", "ledger", "kept"} <= found


def test_nothing_that_is_half_there_passes_for_whole(source, tmp_path, sizes):
    for size in sizes:
        out = tmp_path / str(size)

        ended(source, out, size)

        assert not list(out.rglob(f"*{UNFINISHED}"))
        for manifest in manifests(out):
            files = manifest["files"]
            assert {name: digest(out / name) for name in files} == files


def test_with_room_again_the_same_command_ends_with_the_same_bytes(
    source, tmp_path, sizes, undisturbed
):
    for size in sizes:
        out = tmp_path / str(size)
        ended(source, out, size)

        summary = cleaned(source, out)

        assert (summary.exit_code, summary.stopped) == (DONE, "")
        assert tree(out) == undisturbed


def test_no_shard_is_judged_in_vain_once_there_is_no_room(source, tmp_path, sizes):
    for size in sizes:
        tasks_run: list[Task] = []

        ended(source, tmp_path / str(size), size, tasks_run)

        assert {task.attempt for task in tasks_run} <= {1}


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (OSError(ENOSPC, "of Arrow"), FullError, "no room for .*No space left"),
        (OSError("of NumPy"), DestinationError, "cannot write .*of NumPy"),
    ],
)
def test_what_a_system_says_is_said_in_its_words(tmp_path, error, kind, said):
    with pytest.raises(kind, match=said), atomic_write(tmp_path / "x"):
        raise error
