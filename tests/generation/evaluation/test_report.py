from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.evaluation.plots import HEIGHT, WIDTH, svg
from generation.evaluation.report import page
from generation.evaluation.result import Plot, Point, Result, Row, share
from generation.evaluation.wording import words


@settings(max_examples=15)
@given(values=st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 99)), min_size=1))
def test_every_point_lies_inside_the_plot(values):
    points = tuple(Point(x=x, y=y, label="<1>") for x, y in values)

    drawn = ET.fromstring(svg(Plot(x="score", y="FID", points=points)))  # noqa: S314

    circles = drawn.findall("circle")
    assert len(circles) == len(values)
    for circle in circles:
        assert 0 < float(circle.attrib["cx"]) < WIDTH
        assert 0 < float(circle.attrib["cy"]) < HEIGHT


@pytest.fixture
def result(tmp_path) -> Result:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    return Result(
        part="listening",
        settings={"model": "toy <b>"},
        notes=("one & two",),
        figures=(share([True, False], of="things", measure="right", bar=0.4),),
        rows=(Row(label="painted", files=("a.png",)),),
        plot=Plot(x="x", y="y", points=(Point(x=1, y=1, label="1"),)),
    )


def test_the_page_needs_nothing_else(result, tmp_path):
    html = page([result], tmp_path, told=["today"])

    assert 'src="data:image/png;base64,' in html
    assert "http" not in html
    assert "<svg" in html
    assert "toy &lt;b&gt;" in html
    assert "one &amp; two" in html


def test_a_figure_says_whether_it_reached_its_bar(result):
    [figure] = result.figures

    assert words(figure)[2:] == (
        "50.0%",
        "9.5% to 90.5%",
        "2",
        "at least 40.0%: reached",
    )
