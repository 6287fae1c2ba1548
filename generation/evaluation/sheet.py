"""Many pictures on one page."""

from collections.abc import Sequence

from PIL import Image

COLUMNS = 20
GAP = 2


def sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """*pictures*, all as large as the first, in rows."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // COLUMNS)
    columns = min(COLUMNS, len(pictures))
    page = Image.new(
        "RGB", (columns * (width + GAP), rows * (height + GAP)), (255, 255, 255)
    )
    for index, picture in enumerate(pictures):
        row, column = divmod(index, COLUMNS)
        page.paste(picture, (column * (width + GAP), row * (height + GAP)))
    return page
