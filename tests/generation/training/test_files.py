import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from generation.errors import CheckpointError
from generation.training.checkpoint import read_tensors, write_tensors

GROWTH = """
import resource
from pathlib import Path

import torch
from torch import nn

from generation.training.checkpoint import TrainingState


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


network, averaged = (nn.Linear(4096, 4096) for _ in range(2))
state = TrainingState(network, averaged, torch.optim.AdamW(network.parameters()))
state.save(Path("small.safetensors"), step=0)
before = peak()
state.save(Path("state.safetensors"), step=0)
print(peak() - before)
"""


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Lets nobody write a larger file; Python ignores the signal that tells of it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_where_the_disk_has_no_room_the_old_file_stays(tmp_path):
    file = tmp_path / "clip.safetensors"
    write_tensors({"a": torch.ones(2)}, file)

    with files_of_at_most(100_000), pytest.raises(CheckpointError) as caught:
        write_tensors({"a": torch.ones(1_000_000)}, file)

    assert str(caught.value).startswith(f"cannot write {file}, 4 MB beside what is")
    assert "File too large" in str(caught.value)
    assert read_tensors(file)["a"].tolist() == [1, 1]
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_killed_process_left_is_cleared_away(tmp_path):
    left = tmp_path / "clip.saving"
    left.mkdir()
    (left / ".tmp1234").write_bytes(b"half")

    write_tensors({"a": torch.ones(2)}, tmp_path / "clip.safetensors")

    assert not left.exists()


def test_a_file_that_was_cut_short_is_named(tmp_path):
    file = tmp_path / "clip.safetensors"
    write_tensors({"a": torch.ones(1000)}, file)
    file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(CheckpointError, match=r"clip\.safetensors is cut short"):
        read_tensors(file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"clip\.safetensors is not there"):
        read_tensors(tmp_path / "clip.safetensors")


def test_saving_takes_no_memory(tmp_path):
    root = Path(__file__).parents[3]
    code = f"import sys; sys.path.insert(0, {str(root)!r})\n{GROWTH}"

    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )

    assert (tmp_path / "state.safetensors").stat().st_size > 128 * 2**20
    assert int(said.stdout) < 32
