import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.evaluation.report import HEIGHT, WIDTH, cells, chart, page
from generation.evaluation.result import Plot, Point, Result, Row, share


@settings(max_examples=15)
@given(values=st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 99)), min_size=1))
def test_every_point_lies_inside_the_plot(values):
    points = tuple(Point(x=x, y=y, label="<1>") for x, y in values)

    drawn = chart(Plot(x="score", y="FID", points=points))

    assert len(drawn.marks) == len(values)
    for mark in drawn.marks:
        assert 0 < mark.x < WIDTH
        assert 0 < mark.y < HEIGHT


@pytest.fixture
def result(tmp_path) -> Result:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    return Result(
        part="prompt-adherence",
        settings={"model": "toy <b>"},
        notes=("one & two",),
        figures=(share([True, False], of="things", measure="right", bar=0.4),),
        rows=(Row(label="painted", files=("a.png",)),),
        plot=Plot(x="x", y="y", points=(Point(x=1, y=1, label="1"),)),
    )


def test_the_page_needs_nothing_else(result, tmp_path):
    html = page([result], tmp_path, about=["today <i>"])

    assert 'src="data:image/png;base64,' in html
    assert "http" not in html
    assert "<svg" in html
    assert "toy &lt;b&gt;" in html
    assert "one &amp; two" in html
    assert "today &lt;i&gt;" in html
    assert "&lt;svg" not in html
    assert html.count("<circle") == 1


def test_a_figure_says_whether_it_reached_its_bar(result):
    [figure] = result.figures

    assert cells(figure)[2:] == (
        "50.0%",
        "9.5% to 90.5%",
        "2",
        "at least 40.0%: reached",
    )
