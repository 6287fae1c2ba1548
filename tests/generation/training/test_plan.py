from pathlib import Path

import pytest

from generation.errors import PlanError
from generation.training import __main__ as command
from generation.training.plan import Frames, Plan


def test_the_plan_of_kandinsky_mini_is_whole():
    plan = Plan.read(command.PLAN)

    assert plan.side == 64
    assert plan.frames[0].pixels(plan.side) == (64, 64)


def test_a_frame_is_as_many_sides_as_it_says():
    assert Frames(size=(1.5, 1.0), pictures=1).pixels(64) == (96, 64)


@pytest.mark.parametrize("text", ["", "seed = ", "seed = 1\n[clip]\nsteps = 1"])
def test_an_incomplete_plan_names_its_file(tmp_path: Path, text):
    file = tmp_path / "plan.toml"
    file.write_text(text, "utf-8")

    with pytest.raises(PlanError, match=r"plan\.toml"):
        Plan.read(file)
