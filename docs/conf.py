"""The documentation as a site: the same Markdown that is read in the repository.

Pages link to files of the repository. Those become links to it where `repository` says
where it is (`make docs REPOSITORY=https://…`), and plain text elsewhere. Sphinx, since
it checks every link and anchor itself; furo, since its pages ask no other server.
"""

import re
from os.path import relpath
from pathlib import Path
from typing import Final

from sphinx.application import Sphinx
from sphinx.util import logging

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs"
BORROWED: Final = {
    "index": ROOT / "README.md",
    "contributing": ROOT / "CONTRIBUTING.md",
    "security": ROOT / "SECURITY.md",
    "changelog": ROOT / "CHANGELOG.md",
}
"""Pages of the site whose text stands at the top of the repository."""

CHAPTERS: Final = {
    "Running it": "installation command-line settings models policy reasons",
    "How it works": "architecture engine moderation image-gate cleaning",
    "Learning and measuring": "training evaluation kandinsky-mini",
    "The project": "decisions/README contributing security changelog",
}
FURTHER: Final = "How it works"
"""The chapter of pages that no chapter lists."""

LINK: Final = re.compile(
    r"(?P<image>!?)\[(?P<text>[^\]]*)\]"
    r"\((?!https?:|mailto:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)"
)

project = "Vernissage"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Vernissage"
html_show_copyright = False
highlight_language = "none"
myst_heading_anchors = 4


def setup(app: Sphinx) -> None:
    """Have every page pass through `read` on its way in."""
    app.add_config_value("repository", "", "env", types=[str])
    app.connect("source-read", read)


def read(app: Sphinx, page: str, source: list[str]) -> None:
    """Put what *page* says on the site in place of its *source*."""
    file = BORROWED.get(page, DOCS / f"{page}.md")
    here = (DOCS / page).parent

    def linked(link: re.Match[str]) -> str:
        target = (file.parent / link["path"]).resolve()
        if not target.exists():
            logging.getLogger(__name__).warning(
                "%s is linked and not there", link["path"], location=page
            )
        if (address := on_site(target)) is not None:
            address = relpath(address, here)
        elif app.config.repository:
            kind = "tree" if target.is_dir() else "blob"
            address = f"{app.config.repository}/{kind}/main/{target.relative_to(ROOT)}"
        else:
            return link["text"]
        return f"{link['image']}[{link['text']}]({address}{link['anchor'] or ''})"

    source[0] = LINK.sub(linked, file.read_text("utf-8"))
    if page == "index":
        source[0] += contents()


def on_site(target: Path) -> Path | None:
    """The page or picture that shows the file or folder *target*, if one does."""
    for page, file in BORROWED.items():
        if target == file:
            return DOCS / f"{page}.md"
    if not target.is_relative_to(DOCS):
        return None
    if target == DOCS:
        return DOCS / "index.md"
    return target / "README.md" if target.is_dir() else target


def contents() -> str:
    """The table of contents: each chapter with its pages."""
    chapters = {title: pages.split() for title, pages in CHAPTERS.items()}
    listed = {"index", *(page for pages in chapters.values() for page in pages)}
    there = {page.stem for page in DOCS.glob("*.md")}
    chapters[FURTHER] += sorted(there - listed)
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{chr(10).join(pages)}\n```\n"
        for title, pages in chapters.items()
    )
