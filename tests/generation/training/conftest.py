import os
from pathlib import Path

import pytest
import torch
from PIL.Image import Image

from generation.training.dataset import rendered_dataset
from generation.training.initial_networks import UntrainedNetworks
from generation.training.plan import Plan
from generation.training.run import Run
from generation.training.stages import STAGES

TOY = Path(__file__).with_name("toy.toml")


class Tally:
    """Remembers the steps that it is told about."""

    def __init__(self) -> None:
        self.steps: dict[str, list[int]] = {}
        self.samples: dict[str, list[Image]] = {}

    def __call__(
        self, stage: str, *, step: int, steps: int, loss: float | None
    ) -> None:
        self.steps.setdefault(stage, []).append(step)

    def shown(self, stage: str, *, step: int, sample: Image) -> None:
        self.samples.setdefault(stage, []).append(sample)


@pytest.fixture(scope="session")
def plan() -> Plan:
    plan = Plan.read(TOY)
    if not plan.world.font.is_file():
        lack = "needs Debian's fonts-noto-color-emoji"
        if os.environ.get("CI") == "true":  # noqa: TID251  # CI has every package
            pytest.fail(lack)
        pytest.skip(lack)
    return plan


@pytest.fixture(scope="session")
def trained(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A whole run at toy width; nobody writes into its folder."""
    folder = tmp_path_factory.mktemp("run")
    run = Run(
        plan,
        UntrainedNetworks(plan),
        rendered_dataset(plan),
        folder,
        Tally(),
        torch.device("cpu"),
    )
    for stage in STAGES.values():
        stage(run)
    return run
