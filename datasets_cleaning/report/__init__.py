"""Report on a job, for people and for programs: `report.html`, `report.json`."""

import json
from pathlib import Path

from datasets_cleaning.destination import atomic_write
from datasets_cleaning.job_state import FinalVerdicts
from datasets_cleaning.report.gallery import borderline_thumbnails
from datasets_cleaning.report.page import page
from datasets_cleaning.report.statistics import collect

__all__ = ["write"]


def write(folder: Path, *, gallery: bool = False) -> Path:
    """Write the report on the job in *folder* there; where its page is.

    The page is one file that asks for nothing else. Neither it nor `report.json` has
    captions in it; pictures only in a *gallery* of borderline ones, small and blurred.
    DestinationError unless there are final verdicts.
    """
    final = FinalVerdicts.read(folder)
    statistics = collect(final)
    shown = borderline_thumbnails(final) if gallery else ()
    with atomic_write(folder / "report.json") as path:
        text = json.dumps(statistics.facts(), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", "utf-8")
    with atomic_write(folder / "report.html") as path:
        path.write_text(page(statistics, shown), "utf-8")
    return folder / "report.html"
