"""Pictures of the world."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from generation.errors import FontError
from generation.world.backgrounds import behind
from generation.world.compositions import compose
from generation.world.layout import stands
from generation.world.scene import Composition, Plain, Scene
from generation.world.styles import styled
from generation.world.vocabulary import COLOURS

FONT: Final = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
GLYPH_SIZE: Final = 109  # the only size of the bitmaps inside the font
CANVAS: Final = 160  # holds any glyph of that size
WHITE: Final = next(colour for colour in COLOURS if colour.en == "white")


@dataclass(frozen=True, slots=True)
class Renderer:
    """Draws scenes with the emoji font at *font*."""

    font: Path
    _glyphs: dict[str, Image.Image] = field(default_factory=dict, repr=False)
    _scaled: dict[tuple[str, int], Image.Image] = field(
        default_factory=dict, repr=False
    )

    def __post_init__(self) -> None:
        if not self.font.is_file():
            raise FontError(
                f"no font at {self.font}: install Debian's fonts-noto-color-emoji"
            )

    def render(
        self, scene: Scene, *, frame: tuple[int, int], random: np.random.Generator
    ) -> Image.Image:
        """*scene* in a *frame* of width and height, posed by *random*; RGB."""
        picture = behind(scene.background or Plain(WHITE), frame, random)
        if isinstance(scene.subject, Composition):
            picture = compose(picture, scene.subject, random)
        else:
            for stand in stands(scene.subject, frame, random):
                glyph = self._glyph_of(stand.thing.emoji, stand.side)
                picture.paste(glyph, (stand.x, stand.y), glyph)
        return styled(picture, scene.style, random)

    def glyph(self, emoji: str) -> Image.Image:
        """The transparent picture of *emoji*, trimmed and centred in a square."""
        if emoji not in self._glyphs:
            self._glyphs[emoji] = self._drawn(emoji)
        return self._glyphs[emoji]

    def _glyph_of(self, emoji: str, side: int) -> Image.Image:
        if (emoji, side) not in self._scaled:
            whole = self.glyph(emoji)
            scaled = whole.resize((side, side), Image.Resampling.BOX)
            self._scaled[emoji, side] = scaled
        return self._scaled[emoji, side]

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
