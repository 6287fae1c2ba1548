from pathlib import Path

import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from generation.training.progress import EVERY, LOG, SAMPLES, terminal_monitor


def logged(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder / LOG))
    events.Reload()
    return events


def test_tensorboard_reads_losses_as_means_of_a_few_steps(tmp_path):
    with terminal_monitor(tmp_path) as monitor:
        for step in range(1, EVERY + 3):
            monitor("prior", step=step, steps=EVERY + 2, loss=float(step))

    scalars = logged(tmp_path).Scalars("loss/prior")
    assert [event.step for event in scalars] == [EVERY, EVERY + 2]
    assert scalars[0].value == pytest.approx((EVERY + 1) / 2)


def test_samples_lie_on_the_disk_and_in_the_log(tmp_path):
    with terminal_monitor(tmp_path) as monitor:
        monitor.shown("decoder", step=7, sample=Image.new("RGB", (8, 4), "red"))

    with Image.open(tmp_path / SAMPLES / "decoder-0000007.png") as sample:
        assert sample.size == (8, 4)
    assert logged(tmp_path).Images("decoder")[0].step == 7


def test_a_stage_without_a_loss_logs_none(tmp_path):
    with terminal_monitor(tmp_path) as monitor:
        monitor("latents", step=1, steps=1, loss=None)

    assert logged(tmp_path).Tags()["scalars"] == []
