import json

from click.testing import CliRunner

from generation.training.__main__ import main
from generation.training.terminal import EVERY, watching


def test_losses_are_written_as_means_every_few_steps(tmp_path):
    with watching(tmp_path) as watch:
        for step in range(1, EVERY + 3):
            watch("prior", step=step, steps=EVERY + 2, loss=float(step))

    lines = (tmp_path / "prior.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [EVERY, EVERY + 2]
    assert json.loads(lines[0])["loss"] == (EVERY + 1) / 2


def test_a_stage_without_a_loss_writes_none(tmp_path):
    with watching(tmp_path) as watch:
        watch("latents", step=1, steps=1, loss=None)

    assert list(tmp_path.iterdir()) == []


def test_a_plan_that_is_none_is_one_clear_line(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text("seed = 1", "utf-8")

    result = CliRunner().invoke(main, ["--to", str(tmp_path), "--plan", str(plan)])

    assert result.exit_code == 1
    assert "is not a training plan" in result.output
