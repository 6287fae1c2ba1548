"""Pictures as strangers send them."""

from io import BytesIO

import numpy as np
from PIL import Image

KINDS = ("JPEG", "PNG", "WEBP")


def picture(kind: str, side: int) -> bytes:
    """A file of *kind*, *side* pixels square: soft shapes with some noise."""
    random = np.random.default_rng(7)
    coarse = random.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    soft = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    noise = random.normal(0, 4, (side, side, 3))
    noisy = np.clip(np.asarray(soft) + noise, 0, 255).astype(np.uint8)
    file = BytesIO()
    Image.fromarray(noisy).save(file, kind, quality=90)
    return file.getvalue()
