import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL
from time import monotonic, sleep

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file

from generation.training.__main__ import main

ROOT = Path(__file__).parents[3]
TOY = Path(__file__).with_name("toy.toml")
PATIENCE = 300  # seconds
LONG = ("clip", "--config", TOY, "--threads", "1", "--set", "clip.steps=40")


def said(*words: str | Path) -> Result:
    """What the command answers."""
    return CliRunner().invoke(main, [*map(str, words)])


def process(folder: Path) -> subprocess.Popen[str]:
    """A long training of the towers in its own process."""
    words = (*LONG, "--to", folder)
    return subprocess.Popen(
        [sys.executable, "-m", "generation.training", *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def folder(trained, tmp_path: Path) -> Path:
    """A folder of a run that has its tokenizers, and no more."""
    (tmp_path / "tokenizers").symlink_to(trained.tokenizers)
    return tmp_path


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Leaves as many threads as there were before the command asked for one."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_stage_is_taken_by_its_name(folder):
    result = said("clip", "--config", TOY, "--to", folder)

    assert result.exit_code == 0, result.output
    assert (folder / "clip.safetensors").is_file()


def test_a_plan_that_is_none_is_a_few_clear_lines(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text("seed = 1", "utf-8")

    result = said("--to", tmp_path, "--config", plan)

    assert result.exit_code == 1
    assert "is not a training plan:\nside is missing" in result.output


def test_a_full_disk_leaves_the_last_checkpoint_to_continue_from(folder):
    words = ("--config", TOY, "--to", folder, "clip", "--set")
    said(*words, "clip.steps=1")
    before = (folder / "clip.safetensors").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) - 1, hard))
    refused = said(*words, "clip.steps=2")
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)
    assert "cannot write" in refused.output
    assert "the same command continues" in refused.output
    assert (folder / "clip.safetensors").read_bytes() == before
    assert not list(folder.glob("*.saving"))
    assert said(*words, "clip.steps=2").exit_code == 0


def test_a_run_that_was_killed_ends_as_one_that_was_not(
    folder, tmp_path_factory, one_thread
):
    other = tmp_path_factory.mktemp("whole")
    (other / "tokenizers").symlink_to((folder / "tokenizers").resolve())

    with process(folder) as killed:
        deadline = monotonic() + PATIENCE
        while not (folder / "clip.safetensors").is_file() and monotonic() < deadline:
            sleep(0.001)
        killed.kill()
    for run in (folder, other):
        assert said(*LONG, "--to", run).exit_code == 0

    assert killed.returncode == -SIGKILL
    state, expected = (load_file(run / "clip.safetensors") for run in (folder, other))
    assert all(torch.equal(state[name], expected[name]) for name in expected)
