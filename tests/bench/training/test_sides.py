from pathlib import Path

from bench.training.__main__ import compared
from bench.training.workshop import workshop

TOY = Path(__file__).parents[2] / "generation" / "training" / "toy.toml"


def test_both_sides_take_steps_of_every_stage():
    with workshop(TOY, captions=200, pictures=8) as shop:
        lines = compared(shop, rounds=1)

    assert [line.stage for line in lines] == ["clip", "autoencoder", "prior", "decoder"]
    assert all(line.ours > 0 and line.plain > 0 for line in lines)
