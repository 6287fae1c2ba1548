import pytest

from generation.evaluation.result import (
    Figure,
    Plot,
    Point,
    Result,
    Row,
    behind,
    mean,
    share,
)


def result(plot: Plot | None) -> Result:
    return Result(
        part="fid",
        settings={"model": "toy", "scales": [1.0, 2.0]},
        notes=("«a note»",),
        figures=(mean([1.0, 3.0], of="it", measure="PSNR", unit="dB", bar=1.5),),
        rows=(Row(label="painted", files=("pictures/a.png",)),),
        plot=plot,
    )


def test_a_result_outlives_its_process(tmp_path):
    for plot in (None, Plot(x="x", y="y", points=(Point(x=1, y=2, label="a"),))):
        result(plot).write(tmp_path / "fid.json")

        assert Result.read(tmp_path / "fid.json") == result(plot)
        assert [file.name for file in tmp_path.iterdir()] == ["fid.json"]


def test_a_share_knows_its_count_and_bar():
    figure = share([True, True, False, True], of="it", measure="right", bar=0.8)

    assert (figure.value, figure.count, figure.reached) == (0.75, 4, False)
    assert figure.low < 0.75 < figure.high


def test_of_seconds_fewer_are_better():
    figure = mean([2.0], of="it", measure="seconds", bar=3.0, less=True)

    assert figure.reached


def test_without_a_bar_nothing_is_reached_or_missed():
    assert Figure(of="", measure="", value=1, low=0, high=2, count=3).reached is None


def test_the_interval_of_a_gap_is_newcombes():
    """His example: 56 of 70 and 48 of 80."""
    one = share([True] * 56 + [False] * 14, of="one", measure="right")
    other = share([True] * 48 + [False] * 32, of="other", measure="right")

    gap = behind(one, other, of="gap", bar=0.03)

    assert (gap.value, gap.low, gap.high) == pytest.approx(
        (0.2, 0.0524, 0.3339), abs=1e-4
    )
    assert not gap.reached
