"""The page of a report: one file, without a script, which asks for nothing else."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Final

from datasets_cleaning.report.charts import histogram
from datasets_cleaning.report.gallery import Thumbnail
from datasets_cleaning.report.sections import (
    audit,
    duplicates,
    funnel,
    heat,
    outliers,
    reasons,
    settings,
    slices,
    sums,
    throughput,
)
from datasets_cleaning.report.statistics import Statistics

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may do with the page: show it."""

KEYS: Final = (
    '<p class="fine">Bars: how many pairs have the score, heights on a logarithmic'
    ' scale. <span class="key" style="color:var(--ink);border-top-style:dashed"></span>'
    "what if: the share of them that this threshold alone would keep, at each place."
    ' <span class="key" style="color:var(--yellow)"></span>a person is asked.'
    ' <span class="key" style="color:var(--red)"></span>dropped. Below each: what the'
    " plan's thresholds keep. Pairs that were dropped before are not measured, unless"
    " the plan says <code>score_all</code>.</p>"
)


def page(facts: Statistics, shown: Sequence[Thumbnail]) -> str:
    """The page that tells *facts*, with the thumbnails *shown*."""
    style = (files("datasets_cleaning.report") / "report.css").read_text("utf-8")
    source = escape(str(facts.settled.job.content["source"]))
    charts = "".join(map(histogram, facts.histograms.found.values()))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>Cleaning {source}</title><style>{style}</style></head><body>"
        f"<h1>{source}</h1>{sums(facts)}{funnel(facts)}{reasons(facts)}{heat(facts)}"
        f'<h2>Scores and thresholds</h2>{KEYS}<div class="charts">{charts}</div>'
        f"{slices(facts)}{outliers(facts)}{duplicates(facts)}{audit(facts)}"
        f"{throughput(facts)}{_gallery(shown)}{settings(facts)}</body></html>\n"
    )


def _gallery(shown: Sequence[Thumbnail]) -> str:
    if not shown:
        return ""
    items = "".join(
        f'<li><img src="{one.url}" alt=""><small>{escape(one.key)}<br>'
        f"{escape(one.reason)}</small></li>"
        for one in shown
    )
    return (
        "<h2>Doubtful pairs</h2><p>Blurred on purpose. The review desk shows them, and"
        f' takes a decision.</p><ul class="gallery">{items}</ul>'
    )
