"""Facts about the tree that a reader relies on."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "platform/vernissage",
    "moderation",
    "generation",
    "datasets_cleaning",
    "torch_runtime",
]
MIB = 2**20


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607  # git is found as git finds it
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [
        ROOT / name for name in names.split("\0") if name and (ROOT / name).exists()
    ]


def test_the_folder_platform_never_hides_the_standard_library():
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert ROOT not in Path(platform.__file__).parents


def test_no_test_folder_is_a_package():
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_tests_mirror_the_code(package):
    ours, theirs = ROOT / "tests" / Path(package).name, ROOT / package
    folders = [f for f in ours.rglob("*") if f.is_dir() and f.name != "__pycache__"]

    assert ours.is_dir()
    for folder in folders:
        assert (theirs / folder.relative_to(ours)).is_dir(), folder


def test_the_repository_still_travels():
    assert sum(path.stat().st_size for path in tracked()) < 60 * MIB


def test_the_weights_stay_small():
    weights = [p for p in tracked() if p.suffix == ".safetensors"]

    assert weights
    assert sum(path.stat().st_size for path in weights) < 36 * MIB


def test_nothing_that_can_run_code_when_loaded_is_shipped():
    pickles = {".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".npy", ".npz"}

    assert [p for p in tracked() if p.suffix in pickles] == []


@pytest.mark.parametrize("package", ["vernissage.web", "vernissage.cli"])
def test_a_door_opens_without_loading_the_networks(package):
    program = f"import sys, {package}; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
