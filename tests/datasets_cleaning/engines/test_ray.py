import os
import subprocess
import sys
from pathlib import Path

import pytest

from datasets_cleaning.engines.ray import RayEngine
from datasets_cleaning.protocols import Task, TaskResult
from tests.datasets_cleaning.jobs import cleaned, tree
from tests.datasets_cleaning.toys import Inline, shards

ROOT = Path(__file__).parents[3]
SCRIPT = """
import sys
from pathlib import Path
from datasets_cleaning.engines.ray import RayEngine
from tests.datasets_cleaning.jobs import cleaned
small = {"num_cpus": 2, "include_dashboard": False, "object_store_memory": 2**27,
         "log_to_driver": False, "logging_level": "ERROR"}
engine = RayEngine(workers=2, options=small)
print(cleaned(Path(sys.argv[1]), Path(sys.argv[2]), engine=engine).exit_code)
"""


@pytest.mark.enable_socket
@pytest.mark.timeout(300)
def test_ray_writes_the_very_same_bytes(tmp_path):
    captions = [("fine", "bad", "doubtful"), ("fine=0", "broken"), ("fine",)]
    source = shards(tmp_path / "in", captions)
    cleaned(source, tmp_path / "here", engine=Inline())

    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, source, tmp_path / "ray"],
        cwd=ROOT,
        env={
            **os.environ,  # noqa: TID251  # its child needs the same
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
            "RAY_USAGE_STATS_ENABLED": "0",
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert (ended.stdout.split()[-1:], ended.returncode) == (["0"], 0), ended.stderr
    assert tree(tmp_path / "ray") == tree(tmp_path / "here")


def _never(task: Task) -> TaskResult:
    raise AssertionError("nobody does this work")


def test_without_tasks_ray_is_not_even_started():
    assert list(RayEngine(workers=1).run([], _never)) == []
