import json
import re

import numpy as np
import pytest

from datasets_cleaning.catalogue import meaning
from datasets_cleaning.errors import DestinationError
from datasets_cleaning.intervals import Share
from datasets_cleaning.plan import Plan
from datasets_cleaning.report import write
from datasets_cleaning.report.histograms import Histograms
from datasets_cleaning.report.page import chart
from datasets_cleaning.report.slices import Slices, outliers
from datasets_cleaning.report.statistics import STAGES, stage
from datasets_cleaning.verdicts import reasons
from tests.datasets_cleaning.ledgers import ledger, scores


def test_the_report_is_one_file_that_asks_for_nothing(job):
    page = write(job).read_text("utf-8")

    assert "<script" not in page
    assert not re.findall(r"(?:href|src)=|url\(|@import", page)
    assert "default-src 'none'" in page


def test_captions_are_in_no_report(job):
    page = write(job).read_text("utf-8")

    assert "lake" not in page + (job / "report.json").read_text("utf-8")


def test_names_from_outside_are_text_and_no_markup(hostile):
    page = write(hostile).read_text("utf-8")

    assert "<img" not in page
    assert "&lt;img" in page


def test_the_funnel_ends_with_what_is_kept(job):
    write(job)

    facts = json.loads((job / "report.json").read_text("utf-8"))
    assert facts["funnel"] == {
        "seen": 5,
        "structure": 5,
        "captions": 3,
        "pictures": 3,
        "duplicates": 3,
        "the rest": 3,
    }
    assert facts["kept"] == 3
    assert {row["reason"]: row["pairs"] for row in facts["reasons"]} == {
        "caption_empty": 1,
        "personal_data": 1,
    }


def test_the_same_job_has_the_same_report(job):
    first = write(job).read_bytes()

    assert write(job).read_bytes() == first


def test_there_is_no_report_before_the_verdicts(tmp_path):
    with pytest.raises(DestinationError, match="no job"):
        write(tmp_path)


@pytest.mark.parametrize("name", ["default", "strict", "kandinsky", "captions"])
def test_every_reason_has_a_meaning_and_a_stage(name):
    for reason in reasons(Plan.bundled(name).filters):
        assert stage(reason) in STAGES
        assert meaning(reason) not in {"", reason}


def test_what_if_tells_how_many_a_threshold_would_keep():
    found = Histograms(Plan.bundled())
    table = ledger(
        **{
            **scores("caption", rows=4),
            "caption_violence": [0, 20_000, 50_000, 65_000],
        }
    )

    found.add(table)

    own = found.found["caption violence"]
    at = dict(zip(own.edges.round(2).tolist(), own.kept().tolist(), strict=True))
    assert (at[0.0], at[0.2], at[0.6], at[1.0]) == (0.0, 0.25, 0.5, 1.0)
    assert {(line.value, line.says) for line in own.lines} >= {
        (0.6, "review: en, ru"),
        (0.85, "refuse: en, ru"),
    }
    assert 0.5 in [line.kept for line in chart(own).lines]


def test_a_low_score_is_dropped_where_much_is_better():
    found = Histograms(Plan.bundled("kandinsky"))
    found.add(ledger(similarity=[0.1, 0.1, 0.3, 0.4]))

    own = found.found["similarity"]

    assert own.kept()[0] == 1.0
    assert own.kept()[-1] == 0.0
    assert [line.value for line in own.lines] == [0.2]


def test_pairs_that_nobody_scored_are_in_no_histogram():
    found = Histograms(Plan.bundled())
    texts = scores("caption", rows=2)
    found.add(ledger(**texts, image_violence=[None, 30_000]))

    assert found.found["image violence"].counts.sum() == 1
    assert found.found["joint violence"].counts.sum() == 1


def test_a_shard_stands_out_by_three_standard_deviations():
    calm = [(f"{number}.tar", Share(100, 1000)) for number in range(20)]

    found = outliers([*calm, ("loud.tar", Share(300, 1000)), ("9.tar", Share(0, 0))])

    assert [one.name for one in found] == ["loud.tar"]
    assert found[0].sigmas > 3


def test_drop_rates_are_told_by_language_host_and_size():
    table = ledger(
        key=["https://a.example/1.jpg", "https://b.example/2.jpg", "x/3.jpg", "4"],
        language=["en", "ru", None, "en"],
        width=[300, 600, None, 2000],
        height=[3000, 600, None, 1024],
    )
    slices = Slices()

    slices.add(table, np.array([1, 0, 2, 0], np.uint8), "part/0.tar")

    found = {kind: dict(own) for kind, own in slices.rates().items()}
    assert found["language"] == {
        "en": Share(1, 2),
        "ru": Share(0, 1),
        "unknown": Share(1, 1),
    }
    assert found["source"].keys() == {"a.example", "b.example", "x", "part"}
    assert found["shorter side"] == {
        "256 to 511": Share(1, 1),
        "512 to 767": Share(0, 1),
        "from 1024": Share(0, 1),
        "unknown": Share(1, 1),
    }
