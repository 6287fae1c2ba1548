import json
from io import StringIO

import pytest
from rich.console import Console

from bench.engine.report import Line, Report


@pytest.fixture
def report() -> Report:
    return Report(
        model="toy",
        plan="3 steps",
        difference=1,
        lines=[
            Line(what="one picture", ours=0.5, theirs=1.0),
            Line(
                what="U-Net",
                ours=0.1,
                theirs=0.2,
                shares=(0.8, 0.4),
                bottleneck="arithmetic",
            ),
        ],
    )


def test_the_ratio_says_how_many_times_less_ours_is(report):
    assert report.lines[0].ratio == 2


def test_the_facts_are_plain_data(report):
    facts = json.loads(json.dumps(report.facts()))

    assert [line["ratio"] for line in facts["lines"]] == [2, 2]


def test_the_table_shows_every_line(report):
    page = StringIO()

    Console(file=page, width=120).print(report.table())

    for word in ("one picture", "80%", "arithmetic"):
        assert word in page.getvalue()
