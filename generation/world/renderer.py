"""Pictures of the world: one large glyph, nearly centred, on a plain background."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from generation.errors import FontError
from generation.world.vocabulary import Colour, Thing

FONT: Final = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
GLYPH_SIZE: Final = 109  # the only size of the bitmaps inside the font
CANVAS: Final = 160  # holds any glyph of that size
SMALLEST: Final = 0.76  # of the frame's shorter side
LARGEST: Final = 0.86
DRIFT: Final = 0.03  # of the shorter side, each way
SHADE: Final = 6  # of 255, each way


@dataclass(frozen=True, slots=True)
class Renderer:
    """Draws things with the emoji font at *font*."""

    font: Path
    _glyphs: dict[str, Image.Image] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.font.is_file():
            raise FontError(
                f"no font at {self.font}: install Debian's fonts-noto-color-emoji"
            )

    def render(
        self,
        thing: Thing,
        colour: Colour,
        *,
        frame: tuple[int, int],
        random: np.random.Generator,
    ) -> Image.Image:
        """*thing* on *colour* in a *frame* of width and height, posed by *random*."""
        short = min(frame)
        side = round(short * random.uniform(SMALLEST, LARGEST))
        drift = random.uniform(-DRIFT, DRIFT, 2) * short
        corner = [round((f - side) / 2 + d) for f, d in zip(frame, drift, strict=True)]
        shade = np.clip(
            np.add(colour.rgb, random.integers(-SHADE, SHADE + 1, 3)), 0, 255
        )
        picture = Image.new("RGB", frame, tuple(int(c) for c in shade))
        glyph = self.glyph(thing.emoji).resize((side, side), Image.Resampling.BOX)
        picture.paste(glyph, (corner[0], corner[1]), glyph)
        return picture

    def glyph(self, emoji: str) -> Image.Image:
        """The transparent picture of *emoji*, trimmed and centred in a square."""
        if emoji not in self._glyphs:
            self._glyphs[emoji] = self._drawn(emoji)
        return self._glyphs[emoji]

    def _drawn(self, emoji: str) -> Image.Image:
        font = ImageFont.truetype(str(self.font), GLYPH_SIZE)
        canvas = Image.new("RGBA", (CANVAS, CANVAS))
        ImageDraw.Draw(canvas).text((4, 4), emoji, font=font, embedded_color=True)
        box = canvas.getbbox()
        if box is None:
            raise FontError(f"the font {self.font} has no glyph for {emoji!r}")
        trimmed = canvas.crop(box)
        side = max(trimmed.size)
        square = Image.new("RGBA", (side, side))
        square.paste(
            trimmed, ((side - trimmed.width) // 2, (side - trimmed.height) // 2)
        )
        return square
