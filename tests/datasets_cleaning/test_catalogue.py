"""One file makes a filter: plans, jobs, reports, help and docs know it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from datasets_cleaning import catalogue, clean, filters
from datasets_cleaning.__main__ import cli
from datasets_cleaning.errors import PlanError
from datasets_cleaning.plan import Plan
from datasets_cleaning.report import histograms, write
from tests.datasets_cleaning.jobs import reasons
from tests.datasets_cleaning.toys import Inline

SHOUTING = '''
"""A caption in capital letters."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from datasets_cleaning.filter import Filter, Score, known
from datasets_cleaning.protocols import Cost, Subject


class Capitals:
    cost = Cost.PATTERNS
    version = "capitals-1"
    columns = {"capitals": pa.float32()}

    def __call__(self, contents):
        return {"capitals": [_share(pair.text) for pair in contents]}


def _share(text):
    return sum(c.isupper() for c in text) / max(len(text), 1)


class CaptionShouting(Filter):
    key: ClassVar[str] = "caption_shouting"
    meanings: ClassVar[Mapping[str, str]] = {"caption_shouting": "It shouts."}
    subject: ClassVar[Subject] = Subject.CAPTION
    cost: ClassVar[Cost] = Cost.PATTERNS
    reads: ClassVar[frozenset[str]] = frozenset({"capitals"})
    score: ClassVar[Score] = Score(
        name="capitals",
        values=lambda ledger: known(ledger, "capitals"),
        edges=np.linspace(0, 1, 51),
        threshold="share",
        drops_low=False,
    )

    share: Annotated[float, Field(ge=0, le=1)]

    @classmethod
    def measures(cls, loaded, policy):
        return (Capitals(),)

    def decide(self, ledger, /):
        return np.asarray(ledger.numbers("capitals") > self.share, np.uint8)
'''
PLAN = """
version = "loud-1"
captions_only = true
[[filter]]
name = "caption_judged"
[[filter]]
name = "caption_shouting"
share = 0.5
"""


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A file beside those in `filters/`."""
    folder = tmp_path / "filters"
    folder.mkdir()
    (folder / "caption_shouting.py").write_text(SHOUTING, "utf-8")
    monkeypatch.setattr(filters, "__path__", [*filters.__path__, str(folder)])
    _forget()
    yield
    sys.modules.pop("datasets_cleaning.filters.caption_shouting")
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    catalogue.catalogue.cache_clear()
    catalogue.old_keys.cache_clear()
    histograms.scores_by_name.cache_clear()


@pytest.mark.usefixtures("dropped_in")
def test_a_new_file_is_a_filter_of_plans_jobs_reports_and_help(tmp_path):
    rows = ["image_name,caption", "1.jpg,a quiet lake", "2.jpg,A LAKE TO BUY NOW"]
    (tmp_path / "in.csv").write_text("\n".join(rows), "utf-8")
    to = tmp_path / "out"

    clean(tmp_path / "in.csv", to, plan=Plan.parse(PLAN), engine=Inline())

    assert list(reasons(to).values()) == ["caption_shouting"]
    page = write(to).read_text("utf-8")
    assert "It shouts." in page
    assert "Histogram of capitals. Thresholds: most 0.5." in page
    assert "caption_shouting  share: number from 0 to 1" in "\n".join(catalogue.lines())
    assert "| `caption_shouting` |" in catalogue.markdown()
    with pytest.raises(PlanError, match="caption_shouting: share is 2; it should be"):
        Plan.parse(PLAN.replace("0.5", "2"))


def test_the_docs_have_the_table_of_the_catalogue():
    page = Path("docs/cleaning.md").read_text("utf-8")

    assert catalogue.markdown() in page


def test_the_command_line_lists_the_filters():
    said = CliRunner().invoke(cli, ["filters"])
    table = CliRunner().invoke(cli, ["filters", "--markdown"])

    assert said.exit_code == table.exit_code == 0
    assert "image_too_small  shorter_side: whole number from 1" in said.output
    assert table.output == catalogue.markdown()


@pytest.mark.parametrize("key", catalogue.catalogue())
def test_every_filter_says_what_it_means_in_sentences(key):
    kind = catalogue.catalogue()[key]

    assert all(text.endswith(".") for text in kind.meanings.values())
    for reason in kind.reasons:
        assert catalogue.meaning(reason) != reason
    assert kind.borderline <= set(kind.reasons)


def test_a_filter_is_known_by_one_key_alone():
    keys = catalogue.catalogue()

    assert not keys.keys() & catalogue.old_keys().keys()
    assert "image_unreadable" in keys
