"""One HTML page that holds everything: tables, curves and pictures."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Final

from generation.evaluation.image_cache import opened
from generation.evaluation.plots import svg
from generation.evaluation.result import Result, Row
from generation.evaluation.sheet import sheet
from generation.evaluation.wording import COLUMNS, words

STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0;
  border-bottom: 1px solid #ddd; }
figure { margin: .5rem 0; } img { max-width: 100%; display: block; }
svg { max-width: 35rem; font-size: 13px; } .tick { fill: #666; font-size: 11px; }
polyline { fill: none; stroke: #1d4ed8; stroke-width: 2; } circle { fill: #1d4ed8; }
"""


def page(results: Sequence[Result], folder: Path, *, told: Sequence[str]) -> str:
    """The report of *results*, whose pictures lie in *folder*.

    *told* are lines on when and where it was made.
    """
    model = str(results[0].settings["model"])
    parts = "\n".join(_section(result, folder) for result in results)
    about = "<br>".join(map(escape, told))
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        f"<title>Evaluation of {escape(model)}</title><style>{STYLE}</style>\n"
        f"<h1>{escape(model)}</h1>\n<p>{about}</p>\n{parts}\n</html>\n"
    )


def _section(result: Result, folder: Path) -> str:
    settings = ", ".join(f"{name}: {value}" for name, value in result.settings.items())
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in words(figure)) + "</tr>"
        for figure in result.figures
    )
    return "\n".join(
        [
            f"<h2>{escape(result.part)}</h2>",
            *(f"<p>{escape(note)}</p>" for note in result.notes),
            f"<table><tr>{head}</tr>{rows}</table>",
            svg(result.plot) if result.plot else "",
            *(_pictures(row, folder) for row in result.rows if row.files),
            f"<p><small>{escape(settings)}</small></p>",
        ]
    )


def _pictures(row: Row, folder: Path) -> str:
    written = BytesIO()
    line = sheet(list(opened(folder / name for name in row.files)))
    line.save(written, "PNG", optimize=True)
    data = b64encode(written.getvalue()).decode()
    label = escape(row.label)
    return (
        f"<figure><figcaption>{label}</figcaption>"
        f'<img alt="{label}" src="data:image/png;base64,{data}"></figure>'
    )
