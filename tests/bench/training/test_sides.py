from pathlib import Path

from bench.training.__main__ import compared

TOY = Path(__file__).parents[2] / "generation" / "training" / "toy.toml"


def test_both_sides_take_steps_of_every_stage():
    lines = compared(TOY, cores=2, steps=1)

    assert [line.stage for line in lines] == ["clip", "autoencoder", "prior", "decoder"]
    assert all(line.ours > 0 and line.plain > 0 for line in lines)
