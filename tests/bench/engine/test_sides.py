"""Both sides, with the toy model: they are timed for the same work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from bench.engine.ours import Ours
from bench.engine.peers import Theirs, difference
from bench.engine.roofline import bottleneck, movq_load, unet_load
from bench.engine.workload import Workload
from tests.generation.toy import SIDE, save_toy

CPU = torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small lose more by waiting for a second core than they gain."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_toy(tmp_path_factory.mktemp("models") / "toy")


@pytest.fixture(scope="module")
def ours(folder: Path) -> Ours:
    return Ours.load(folder, CPU)


@pytest.fixture(scope="module")
def theirs(folder: Path) -> Theirs:
    return Theirs.load(folder, CPU, torch.float32)


@pytest.fixture
def workload() -> Workload:
    return Workload(side=SIDE, steps=4, prior_steps=3)


def test_both_sides_paint_the_same_picture(ours, theirs, workload):
    task = workload.one()

    picture, embedding = ours.painted(task)

    assert difference(picture, theirs.painted(task, embedding)) <= 1


def test_both_sides_answer_every_order(ours, theirs, workload):
    mixed = workload.mixed(4)

    assert len(ours.pictures(mixed)) == len(theirs.pictures(mixed)) == 4


def test_both_sides_can_be_timed_part_by_part(ours, theirs, workload):
    latent = torch.zeros(1, 4, 8, 8)

    for side in (ours, theirs):
        seconds = [
            *side.run_prior(workload.one()),
            *side.step(workload.alike(2)),
            *side.decode(latent),
        ]

        assert min(seconds) > 0


def test_the_engine_is_left_empty(ours, workload):
    ours.run_prior(workload.one())
    ours.step(workload.alike(2))

    assert ours.engine.idle
    assert ours.engine.free == ours.engine.capacity


def test_a_batch_takes_its_time_for_each_of_its_pictures(theirs, workload):
    first, second = theirs.batch(workload.alike(2))

    assert first == second


def test_no_prompt_comes_twice(workload):
    prompts = [task.prompt for task in [*workload.alike(20), *workload.mixed(20)]]

    assert len(set(prompts)) == 40


def test_twice_the_rows_are_twice_the_arithmetic_over_the_same_weights(folder):
    unet = folder / "decoder" / "unet"

    one, two = (unet_load(unet, torch.float32, rows=rows) for rows in (1, 2))

    assert two.flops == 2 * one.flops > 0
    assert two.bytes == one.bytes > 0


def test_half_precision_halves_the_weights(folder):
    movq = folder / "decoder" / "movq"

    whole = movq_load(movq, torch.float32, cells=8)
    half = movq_load(movq, torch.bfloat16, cells=8)

    assert (half.flops, 2 * half.bytes) == (whole.flops, whole.bytes)


@pytest.mark.parametrize(
    ("arithmetic", "traffic", "said"),
    [(0.6, 0.2, "arithmetic"), (0.1, 0.7, "weights"), (0.3, 0.2, "overhead")],
)
def test_the_limit_that_is_nearest_bounds(arithmetic, traffic, said):
    assert bottleneck(arithmetic, traffic) == said
